import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseStallscopeConfig } from '../../../collectors/config.ts';
import { PLUGINS } from '../../../collectors/registry.ts';
import { ConfigError } from '../../../lib/errors.ts';

const GOOD = `targets:
  - {name: leaf1, address: "10.0.0.11:161", collector: snmp, auth: core, interval: 5s}
auths: {core: {version: 2c, community: secret-community}}
links: [{a: leaf1/Ethernet1, b: gpu07/mlx5_0, rate: 400G}]
jobs: [{job: llama, hosts: "gpu[07-09]"}]
receivers: [{kind: webhook, url: "http://127.0.0.1:9000/x", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]
`;

/** Reads it as a file; anything but a configuration or a ConfigError that names file and line is a bug. */
function survives(text: string): void {
  try {
    parseStallscopeConfig(text, 'stallscope.yaml', PLUGINS, { env: {} });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    for (const line of (error as Error).message.split('\n')) expect(line).toMatch(/^stallscope\.yaml:\d+:\d+: ./);
    expect((error as Error).message).not.toContain('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  }
}

it('any text is a configuration or one error that names file, line and column', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200, unit: 'binary' }), survives), { seed: 1, numRuns: 300 });
});

it('so is a good file with a stretch cut out, doubled or overwritten', () => {
  const position = fc.nat(GOOD.length);
  const mutation = fc.tuple(position, fc.nat(30), fc.oneof(fc.constant(''), fc.string({ maxLength: 8 })));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      let text = GOOD;
      for (const [at, length, replacement] of mutations)
        text = text.slice(0, at) + replacement + text.slice(at + length);
      survives(text);
    }),
    { seed: 2, numRuns: 300 },
  );
});

it('so is any JSON document', () => {
  fc.assert(fc.property(fc.json(), survives), { seed: 3, numRuns: 300 });
});

it.each([
  'a: &a [*a]',
  'x: &x {y: 1}\ntargets: *x',
  '? [1, 2]\n: 3',
  '--- a\n--- b',
  'targets: [[], 1, null, {}]',
  'auths: null\njobs: null',
  '{"__proto__": {"x": 1}, "constructor": 1}',
  `a: &a [1,1,1,1,1,1,1,1]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c,*c,*c,*c,*c,*c]`,
])('odd YAML: %s', survives);
