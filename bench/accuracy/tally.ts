/** What scoring reads of a truth.json. */
export interface Truth {
  scenario: string;
  durationMs: number;
  faults: TruthFault[];
  steps: Record<string, [step: number, seconds: number][]>;
  networkLostSeconds: Record<string, number>;
  biasUnscored?: string[];
  doNotScoreSteps: [job: string, step: number][];
}

export interface TruthFault {
  kind: string;
  network: boolean;
  acceptKinds: string[];
  acceptPorts: { device: string; port: string }[];
  startMs: number;
  endMs: number;
  optional: boolean;
  affectedSteps: Record<string, number[]>;
}

/** Counts of one replay against its truth; those of several replays add up. */
export interface Tally {
  scenario: string;
  faults: number;
  hit: number;
  falseIncidents: number;
  incidentsOnHit: number;
  rootRight: number;
  steps: number;
  answered: number;
  right: number;
  cleanSteps: number;
  falseSlow: number;
  falseNetworkBlame: number;
  computeSteps: number;
  computeBlamedOnNetwork: number;
  delaysMs: number[];
  /** Signed (said - true) / true of the network's cost, per job that lost 3 s or more. */
  biases: number[];
  wantedSeconds: number;
  saidSeconds: number;
  lostSecondsOnClean: number;
  broken: string[];
  /** For whoever works on it: faults not hit, incidents on no fault, steps answered wrongly. */
  missed: string[];
  falseList: string[];
  wrong: string[];
}

/** A tally of nothing yet. */
export function emptyTally(scenario: string): Tally {
  return {
    scenario,
    faults: 0,
    hit: 0,
    falseIncidents: 0,
    incidentsOnHit: 0,
    rootRight: 0,
    steps: 0,
    answered: 0,
    right: 0,
    cleanSteps: 0,
    falseSlow: 0,
    falseNetworkBlame: 0,
    computeSteps: 0,
    computeBlamedOnNetwork: 0,
    delaysMs: [],
    biases: [],
    wantedSeconds: 0,
    saidSeconds: 0,
    lostSecondsOnClean: 0,
    broken: [],
    missed: [],
    falseList: [],
    wrong: [],
  };
}
