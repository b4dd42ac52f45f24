import { TOKEN_COOKIE, type TokenGuard } from '../auth.ts';
import { HttpError } from '../http-error.ts';
import type { HttpAnswer, Route } from '../types.ts';

/** A browser stays signed in this long, seconds. */
const COOKIE_SECONDS = 30 * 86_400;

/** The door for people where reading takes a token: the form, and the cookie it leads to. */
export function loginRoutes(guard: TokenGuard): Route[] {
  return [
    {
      method: 'GET',
      path: '/login',
      summary: 'Asks for a token',
      scope: 'open',
      undocumented: true,
      answers: { 200: { description: 'A form' } },
      handle: () => loginPage(200, ''),
    },
    {
      method: 'POST',
      path: '/login',
      summary: 'Keeps a token in a cookie',
      scope: 'open',
      undocumented: true,
      answers: { 303: { description: 'To the overview' }, 401: { description: 'Not a token for reading' } },
      handle: async (request) => {
        const token = new URLSearchParams((await request.body()).toString('utf8')).get('token') ?? '';
        const cookie = `${TOKEN_COOKIE}=${encodeURIComponent(token)}`;
        try {
          guard.check({ cookie }, 'read');
        } catch (error) {
          if (error instanceof HttpError) return loginPage(401, 'This is not a token that may read.');
          throw error;
        }
        return {
          status: 303,
          headers: {
            location: '/',
            'set-cookie': `${cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_SECONDS}`,
          },
        };
      },
    },
  ];
}

/** What a browser without a token sees instead of a page. */
export function loginPage(status: 200 | 401, problem: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Stallscope</title><style>body{font:16px system-ui;max-width:24rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}
input,button{font:inherit;padding:.4rem;width:100%;box-sizing:border-box;margin:.3rem 0}</style>
<main><h1>Stallscope</h1><p role="alert">${problem}</p><form method="post" action="/login">
<label for="token">Token (server.tokens in stallscope.yaml)</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button></form></main></html>`,
  };
}
