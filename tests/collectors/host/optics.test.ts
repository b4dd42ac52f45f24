import { describe, expect, it } from 'vitest';
import { OpticsReader, readOptics } from '../../../collectors/host/optics.ts';

const QSFP = `
	Identifier                                : 0x1e (QSFP-DD)
	Module temperature                        : 48.52 degrees C / 119.34 degrees F
	Module voltage                            : 3.2710 V
	Laser tx bias current (Channel 1)         : 7.500 mA
	Transmit avg optical power (Channel 1)    : 0.8123 mW / -0.90 dBm
	Rcvr signal avg optical power(Channel 1)  : 0.7123 mW / -1.47 dBm
	Rcvr signal avg optical power(Channel 2)  : 0.2512 mW / -6.00 dBm
	Rcvr signal avg optical power (Channel 3) : 0.6000 mW / -2.22 dBm
	Module temperature high alarm             : Off
	Module temperature high alarm threshold   : 75.00 degrees C / 167.00 degrees F
`;
const SFP = `
	Laser output power                        : 0.5640 mW / -2.49 dBm
	Receiver signal average optical power     : 0.4210 mW / -3.76 dBm
	Module temperature                        : -3.25 degrees C / 26.15 degrees F
`;

describe('optics', () => {
  it('takes the weakest lane and the temperature, in both spellings', () => {
    expect(readOptics(QSFP)).toEqual({ rxPowerDbm: -6, temperatureC: 48.52 });
    expect(readOptics(SFP)).toEqual({ rxPowerDbm: -3.76, temperatureC: -3.25 });
    expect(readOptics('	Receiver signal OMA(Channel 1) : 0.5 mW / -3.01 dBm').rxPowerDbm).toBe(-3.01);
  });

  it('shows darkness, and says nothing where the module says nothing', () => {
    expect(readOptics('	Rcvr signal avg optical power(Channel 1)  : 0.0000 mW / -inf dBm').rxPowerDbm).toBe(-40);
    expect(readOptics('Cannot get module EEPROM information: Operation not supported')).toEqual({
      rxPowerDbm: Number.NaN,
      temperatureC: Number.NaN,
    });
  });

  it('reads on its own beat, one round at a time, and forgets what is old', async () => {
    const asked: string[] = [];
    let release: () => void = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const modules = {
      read: async (netdev: string) => {
        asked.push(netdev);
        await hold;
        return Buffer.from(SFP);
      },
      close: () => {},
    };
    const reader = new OpticsReader(modules, 60_000);
    const round = reader.refresh(['eth0', 'eth1'], 0);
    expect(reader.refresh(['eth0', 'eth1'], 70_000)).toBeUndefined();
    expect(reader.of('eth0', 0)).toBeUndefined();
    release();
    await round;
    expect(asked).toEqual(['eth0', 'eth1']);
    expect(reader.of('eth1', 1000)?.rxPowerDbm).toBe(-3.76);
    expect(reader.refresh(['eth0'], 59_999)).toBeUndefined();
    expect(reader.of('eth1', 120_001)).toBeUndefined();
    expect(new OpticsReader(modules, 0).refresh(['eth0'], 0)).toBeUndefined();
  });
});
