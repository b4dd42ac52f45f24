'use client';

import { SHORTCUTS } from '../_lib/shortcuts.ts';
import { Dialog } from './dialog.tsx';

/** Every key on one card. */
export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} label="Keyboard shortcuts">
      <div className="p-4">
        <div className="mb-2 flex items-center">
          <h2 className="text-base font-semibold">Keys</h2>
          <button type="button" className="button ml-auto" onClick={onClose}>
            Close
          </button>
        </div>
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
          {SHORTCUTS.map(({ keys, does }) => (
            <div key={keys} className="contents">
              <dt className="flex gap-1">
                {keys.split(' ').map((key) => (
                  <kbd
                    key={key}
                    className="rounded border border-line-strong bg-raised px-1.5 font-mono text-xs leading-5"
                  >
                    {key}
                  </kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
