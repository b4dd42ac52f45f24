import { beforeEach, describe, expect, it } from 'vitest';
import { TAG } from '../../../../collectors/snmp/wire/ber.ts';
import { getPdu } from '../../../../collectors/snmp/wire/message.ts';
import { encodeOid, parseOid } from '../../../../collectors/snmp/wire/oid.ts';
import { UserSecurity } from '../../../../collectors/snmp/wire/user.ts';
import { readVarbinds } from '../../../../collectors/snmp/wire/value.ts';
import { authProfile } from '../../../../lib/config/auths.ts';
import { FakeEngine, type V3Profile } from './fake-engine.ts';

const AUTHENTICATED = 1;
const BOTH = 3;
/** usmStats counters by the reason they stand for. */
const UNSUPPORTED_LEVEL = 1;
const NOT_IN_TIME = 2;
const UNKNOWN_USER = 3;
const UNKNOWN_ENGINE = 4;
const WRONG_DIGEST = 5;
const CANNOT_DECRYPT = 6;
const REQUEST_ID = 0x4000_0123;

function profile(parts: Record<string, unknown> = {}): V3Profile {
  return authProfile.parse({
    version: 3,
    username: 'monitor',
    password: 'auth-password',
    privPassword: 'priv-password',
    ...parts,
  }) as V3Profile;
}

describe('a user of SNMPv3', () => {
  let engine: FakeEngine;
  let security: UserSecurity;
  let nowMs: number;

  const request = (id = REQUEST_ID) => {
    const pdu = getPdu([encodeOid(parseOid('1.3.6.1.2.1.1.3.0'))]);
    return engine.read(security.wrap(pdu, id));
  };
  const discover = () => {
    const report = security.unwrap(engine.answer({ messageId: REQUEST_ID, flags: 0, report: UNKNOWN_ENGINE }));
    return security.onReport(report);
  };
  const use = (chosen: V3Profile) => {
    engine = new FakeEngine(chosen);
    security = new UserSecurity(chosen, () => nowMs);
  };
  const answered = (parts = {}) => security.unwrap(engine.answer({ messageId: REQUEST_ID, ...parts }));

  beforeEach(() => {
    nowMs = 0;
    use(profile());
  });

  it.each([
    ['SHA256', 'AES'],
    ['SHA256', 'AES256'],
    ['SHA512', 'AES'],
    ['SHA512', 'AES256'],
    ['SHA', 'AES256C'],
    ['MD5', 'AES192'],
  ])('with %s and %s finds the engine, is understood, and understands', (authProtocol, privProtocol) => {
    use(profile({ authProtocol, privProtocol, contextName: 'vlan-7' }));
    const first = request();
    // Nothing of the user goes out before the engine is known.
    expect(first).toMatchObject({ user: '', boots: 0, timeS: 0, genuine: null });
    expect(first.engineId).toHaveLength(0);
    expect(first.flags & BOTH).toBe(0);
    expect(discover()).toBe('resend');
    const second = request();
    expect(second).toMatchObject({ user: 'monitor', boots: 5, timeS: 1000, genuine: true, contextName: 'vlan-7' });
    expect(second.requestId).toBe(REQUEST_ID);
    expect(second.engineId.equals(engine.id)).toBe(true);
    const answer = answered();
    expect(answer).toMatchObject({ tag: TAG.response, requestId: REQUEST_ID });
    const [variable] = readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd);
    expect(variable!.value).toEqual({ kind: 'number', value: 42 });
  });

  it('follows the time of the engine, and its boots', () => {
    discover();
    nowMs = 61_000;
    expect(request()).toMatchObject({ boots: 5, timeS: 1061 });
    answered({ timeS: 1100 });
    nowMs += 10_000;
    expect(request()).toMatchObject({ boots: 5, timeS: 1110 });
    answered({ boots: 6, timeS: 3 });
    expect(request()).toMatchObject({ boots: 6, timeS: 3 });
    expect(security.engineBoots).toBe(6);
  });

  it('takes an old answer within the time window and refuses one beyond it', () => {
    discover();
    answered({ timeS: 1000 });
    nowMs = 300_000;
    answered({ timeS: 1300 });
    expect(answered({ timeS: 1151 }).requestId).toBe(REQUEST_ID);
    expect(() => answered({ timeS: 1149 })).toThrow(/older than the time window of 150 s/);
    // The clock is not turned back by what was taken.
    expect(request().timeS).toBe(1300);
  });

  it('refuses answers of an earlier boot, whatever their time', () => {
    discover();
    answered();
    expect(() => answered({ boots: 4, timeS: 999_999 })).toThrow(/older than the time window/);
    expect(security.engineBoots).toBe(5);
  });

  it('begins anew with a device that has lost its boots, when nothing newer has come for the time window', () => {
    discover();
    answered({ boots: 9, timeS: 500_000 });
    const lost = (): unknown => {
      try {
        return answered({ boots: 1, timeS: 60 }).requestId;
      } catch (error) {
        return String(error);
      }
    };
    for (nowMs = 0; nowMs <= 150_000; nowMs += 10_000) expect(lost()).toMatch(/lost its boot count/);
    expect(request().boots).toBe(9);
    nowMs = 151_000;
    expect(lost()).toMatch(/lost its boot count/);
    // The engine is asked for its time once more.
    expect(request()).toMatchObject({ boots: 0, user: '' });
    engine.boots = 1;
    engine.timeS = 220;
    expect(discover()).toBe('resend');
    expect(request()).toMatchObject({ boots: 1, genuine: true });
    expect(answered({ boots: 1, timeS: 221 }).requestId).toBe(REQUEST_ID);
  });

  it('is not made to forget by old messages in between', () => {
    discover();
    answered({ boots: 9, timeS: 1000 });
    for (nowMs = 0; nowMs < 400_000; nowMs += 20_000) {
      expect(() => answered({ boots: 8, timeS: 1000 })).toThrow(/older than the time window/);
      if (nowMs % 100_000 === 0) answered({ boots: 9, timeS: 1000 + nowMs / 1000 });
    }
    expect(security.engineBoots).toBe(9);
  });

  it('refuses an answer that is not authentic, of another engine, or less protected than asked', () => {
    discover();
    const forged = engine.answer({ messageId: REQUEST_ID });
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    expect(() => security.unwrap(forged)).toThrow(/does not carry a code of our password/);
    expect(() => answered({ engineId: Buffer.from('80001f8804ffffffff', 'hex') })).toThrow(/an engine we did not ask/);
    expect(() => answered({ flags: AUTHENTICATED })).toThrow(/less protected than the request/);
    expect(() => answered({ flags: 0 })).toThrow(/less protected than the request/);
    expect(() => answered({ requestId: 77 })).toThrow(/to another request/);
    expect(answered().requestId).toBe(REQUEST_ID);
  });

  it('learns the new boots from an authenticated report of the time window, and nothing from a forged one', () => {
    discover();
    answered();
    const claims = { boots: 9, timeS: 9, report: NOT_IN_TIME };
    security.unwrap(engine.answer({ messageId: REQUEST_ID, flags: 0, ...claims }));
    expect(request()).toMatchObject({ boots: 5, timeS: 1000 });
    const genuine = security.unwrap(engine.answer({ messageId: REQUEST_ID, flags: AUTHENTICATED, ...claims }));
    expect(security.onReport(genuine)).toBe('resend');
    expect(request()).toMatchObject({ boots: 9, timeS: 9 });
  });

  it('begins anew with the engine of an agent that was replaced', () => {
    discover();
    answered();
    engine = new FakeEngine(profile(), Buffer.from('80001f88040102030405', 'hex'));
    engine.boots = 1;
    expect(discover()).toBe('resend');
    expect(request()).toMatchObject({ genuine: true, boots: 1 });
    expect(answered().requestId).toBe(REQUEST_ID);
  });

  it.each([
    [UNKNOWN_USER, /does not know the user "monitor"/],
    [WRONG_DIGEST, /refuses the password of user "monitor": correct password or authProtocol/],
    [CANNOT_DECRYPT, /cannot decrypt requests of user "monitor": correct privPassword or privProtocol/],
    [UNSUPPORTED_LEVEL, /does not let user "monitor" in with authPriv: correct securityLevel/],
    [99, /says nothing of users or time/],
  ])('a report of usmStats %i says what to correct', (report, sentence) => {
    discover();
    const verdict = security.onReport(security.unwrap(engine.answer({ messageId: REQUEST_ID, flags: 0, report })));
    expect(verdict).toMatchObject({ code: 'unauthorized', message: expect.stringMatching(sentence) });
    expect(String(verdict)).not.toMatch(/auth-password|priv-password/);
  });

  it.each([
    { authProtocol: 'SHA512', privProtocol: 'AES256', contextName: 'vlan-7' },
    { authProtocol: 'MD5', privProtocol: 'AES' },
  ])('knows how much of an answer is not variables: %j', (parts) => {
    const chosen = profile(parts);
    engine = new FakeEngine(chosen, Buffer.alloc(32, 7));
    engine.boots = 2 ** 31 - 2;
    engine.timeS = 2 ** 31 - 2;
    security = new UserSecurity(chosen, () => nowMs);
    discover();
    const { length } = engine.answer({ messageId: 0x7fff_fff0 });
    const { varbindsStart, varbindsEnd } = answered();
    const head = length - (varbindsEnd - varbindsStart);
    expect(security.headBytes).toBeGreaterThanOrEqual(head);
    // Lengths take two octets more each in a large answer.
    expect(security.headBytes).toBeLessThan(head + 40);
  });

  it('never uses a salt twice', () => {
    discover();
    const pdu = getPdu([encodeOid(parseOid('1.3.6.1.2.1.1.3.0'))]);
    const seen = new Set(Array.from({ length: 100 }, () => security.wrap(pdu, REQUEST_ID).toString('hex')));
    expect(seen.size).toBe(100);
  });

  it.each([
    ['authNoPriv', AUTHENTICATED],
    ['noAuthNoPriv', 0],
  ])('at %s protects its requests with flags %i and no more', (securityLevel, flags) => {
    use(profile({ securityLevel }));
    discover();
    expect(request().flags & BOTH).toBe(flags);
    expect(answered({ flags }).requestId).toBe(REQUEST_ID);
  });

  it('survives a report that names no engine', () => {
    const nameless = { messageId: REQUEST_ID, flags: 0, engineId: Buffer.alloc(3), report: UNKNOWN_ENGINE };
    expect(() => security.unwrap(engine.answer(nameless))).toThrow(/names no engine/);
  });
});
