import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const VERSION = 'v0.14.1';
/** Kept between runs: the first build takes a minute. */
const BUILT = join(import.meta.dirname, '../../node_modules/.cache', `openconfig-gnmi-${VERSION}`);
const PACKAGES = {
  gnmi_cli: 'github.com/openconfig/gnmi/cmd/gnmi_cli',
  fake_server: 'github.com/openconfig/gnmi/testing/fake/gnmi/cmd/fake_server',
};

function onPath(name: string, also: readonly string[] = []): string | null {
  const places = [...(process.env.PATH ?? '').split(delimiter), ...also];
  return places.map((place) => join(place, name)).find((file) => existsSync(file)) ?? null;
}

/**
 * A program of OpenConfig's own gNMI module: where it is installed, or built where there is a Go toolchain that can have
 * the module.
 * @returns its file, or why there is none
 */
export function openconfigProgram(name: keyof typeof PACKAGES): { file: string } | { missing: string } {
  const installed = onPath(name, [BUILT]);
  if (installed !== null) return { file: installed };
  const go = onPath('go', ['/usr/local/go/bin']);
  if (go === null) return { missing: `neither ${name} nor a Go toolchain is installed` };
  mkdirSync(BUILT, { recursive: true });
  const built = spawnSync(go, ['install', `${PACKAGES[name]}@${VERSION}`], {
    env: { ...process.env, GOBIN: BUILT, GOFLAGS: '-mod=mod' },
    timeout: 200_000,
    encoding: 'utf8',
  });
  if (built.status === 0) return { file: join(BUILT, name) };
  return { missing: `go cannot build ${name}: ${(built.stderr ?? '').trim().split('\n').at(-1) ?? built.error}` };
}

/** gnmic, where someone has installed it. */
export function gnmic(): { file: string } | { missing: string } {
  const file = process.env.GNMIC ?? onPath('gnmic');
  return file === null ? { missing: 'gnmic is not installed' } : { file };
}

/** What a test's name says of a peer that is not there. */
export const why = (peer: { file: string } | { missing: string }) =>
  'missing' in peer ? ` (skipped: ${peer.missing})` : '';
export const fileOf = (peer: { file: string } | { missing: string }) => ('file' in peer ? peer.file : '');
