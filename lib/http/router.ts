import { HttpError } from './http-error.ts';
import type { Route } from './types.ts';

interface Node {
  children: Map<string, Node>;
  /** The `{name}` branch. */
  part?: { name: string; node: Node };
  routes: Map<string, Route>;
}

export interface RouteMatch {
  route: Route;
  params: Record<string, string>;
}

/** Finds the route of a path in time proportional to its parts. */
export class Router {
  readonly #root: Node = { children: new Map(), routes: new Map() };

  constructor(readonly routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
  }

  #add(route: Route): void {
    let node = this.#root;
    for (const part of route.path.split('/').slice(1)) {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name !== undefined) {
        node.part ??= { name, node: { children: new Map(), routes: new Map() } };
        node = node.part.node;
        continue;
      }
      let child = node.children.get(part);
      if (!child) {
        child = { children: new Map(), routes: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.routes.set(route.method, route);
  }

  /**
   * @returns undefined where no route has this path
   * @throws HttpError 405 where the path takes other methods, 400 where a part is not valid percent-encoding
   */
  match(method: string, path: string): RouteMatch | undefined {
    const params: Record<string, string> = {};
    let node = this.#root;
    for (const part of path.split('/').slice(1)) {
      const child = node.children.get(part);
      if (child) node = child;
      else if (node.part && part !== '') {
        params[node.part.name] = decoded(part);
        node = node.part.node;
      } else return undefined;
    }
    if (node.routes.size === 0) return undefined;
    const route = node.routes.get(method) ?? (method === 'HEAD' ? node.routes.get('GET') : undefined);
    if (route) return { route, params };
    const allow = [...node.routes.keys()].join(', ');
    throw new HttpError(405, 'method_not_allowed', `this path takes ${allow}`, { allow });
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, 'malformed', 'the path is not valid percent-encoding');
  }
}
