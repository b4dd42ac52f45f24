import { CAUSE_FAMILIES, type CauseFamily } from '../_lib/causes.ts';
import { Mark } from './mark.tsx';

const ORDER: readonly CauseFamily[] = ['network', 'compute', 'data', 'checkpoint', 'unexplained'];

/** What the colours and shapes of causes mean. */
export function FamilyLegend() {
  return (
    <ul className="mt-1.5 flex flex-wrap gap-x-4 text-xs text-muted" aria-label="Causes">
      {ORDER.map((family) => (
        <li key={family} className="flex items-center gap-1">
          <Mark shape={CAUSE_FAMILIES[family].shape} colour={CAUSE_FAMILIES[family].colour} size={10} />
          {CAUSE_FAMILIES[family].label}
        </li>
      ))}
    </ul>
  );
}
