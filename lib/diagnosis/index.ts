export { DIAGNOSIS_DEFAULTS, type DiagnosisConfig } from './config.ts';
export { createDiagnosis, type Diagnosis } from './diagnosis.ts';
export type { ImpactSegment, Incident, IncidentImpact, IncidentJobCost, JobCoverage } from './incident.ts';
