import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { Header } from './_components/header.tsx';
import { Providers } from './_components/providers.tsx';
import { ShortcutsProvider } from './_components/shortcuts-provider.tsx';
import './globals.css';

// What stands on a page is what the monitor knows at the request; there is nothing to render at build time.
export const dynamic = 'force-dynamic';

export const metadata: Metadata = {
  title: { default: 'Stallscope', template: '%s · Stallscope' },
  description: 'Which network stall slowed which training step, what it cost, and why.',
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#11171e' },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    // next-themes sets the class before the first paint, which React would report as a difference.
    <html lang="en" suppressHydrationWarning>
      <body>
        <Providers startMs={Date.now()}>
          <ShortcutsProvider>
            <Header />
            <main id="main" tabIndex={-1} className="mx-auto max-w-[110rem] px-3 py-3 outline-none sm:px-4">
              {children}
            </main>
          </ShortcutsProvider>
        </Providers>
      </body>
    </html>
  );
}
