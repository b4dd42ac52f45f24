'use client';

import { MonitorCog, Moon, Sun } from 'lucide-react';
import { useTheme } from 'next-themes';
import { useSyncExternalStore } from 'react';

const ORDER = ['system', 'light', 'dark'] as const;
type Theme = (typeof ORDER)[number];
const ICONS = { system: MonitorCog, light: Sun, dark: Moon } as const;
const never = () => () => {};

function known(theme: string | undefined): Theme {
  return ORDER.find((name) => name === theme) ?? 'system';
}

/** System, light, dark, in turn. */
export function ThemeToggle() {
  const { theme, setTheme } = useTheme();
  const mounted = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  const current = mounted ? known(theme) : 'system';
  const next = ORDER[(ORDER.indexOf(current) + 1) % ORDER.length] ?? 'system';
  const Icon = ICONS[current];
  return (
    <button
      type="button"
      className="button"
      aria-label={`Theme: ${current}. Change to ${next}`}
      title={`Theme: ${current}`}
      onClick={() => setTheme(next)}
    >
      <Icon size={14} aria-hidden />
    </button>
  );
}
