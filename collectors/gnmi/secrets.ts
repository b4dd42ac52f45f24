import type { GnmiConfig } from './config.ts';

/** Takes the password, plain or as the Basic header has it, out of a text: a server may repeat what it was sent. */
export function secretsHider({
  username,
  password,
}: Pick<GnmiConfig, 'username' | 'password'>): (text: string) => string {
  if (password === undefined || password === '') return (text) => text;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return (text) => text.replaceAll(password, '***').replaceAll(basic, '***');
}
