// Next resolves these itself (node_modules/next/dist/docs, "server-only"); TypeScript wants them named.
declare module 'server-only';
declare module '*.css';
