'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

/** Copies a text and says that it did; says so too where the browser refuses. */
export function CopyButton({ text, label, icon = true }: { text: string; label: string; icon?: boolean }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = window.setTimeout(() => setState('idle'), 2500);
    return () => window.clearTimeout(timer);
  }, [state]);
  const copy = () => {
    // Absent on plain http outside localhost.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    if (clipboard === undefined) {
      setState(copyBySelection(text) ? 'copied' : 'refused');
      return;
    }
    clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState(copyBySelection(text) ? 'copied' : 'refused'),
    );
  };
  return (
    <button type="button" className="button" onClick={copy}>
      {icon && (state === 'copied' ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />)}
      <span aria-live="polite">
        {state === 'idle' ? label : state === 'copied' ? 'copied' : 'select and copy by hand'}
      </span>
    </button>
  );
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
