/** @type {import('next').NextConfig} */
const nextConfig = {
  // The monitor's own server answers every /api path; Next renders pages only (docs/adr/0001).
  poweredByHeader: false,
  reactStrictMode: true,
  // Native or process-wide modules must be loaded by Node itself, never bundled.
  serverExternalPackages: ['@duckdb/node-api', 'net-snmp', 'pino'],
  // `npm run typecheck` checks the whole tree in one second; the build does not repeat it.
  typescript: { ignoreBuildErrors: true },
  distDir: process.env.STALLSCOPE_NEXT_DIR ?? '.next',
};

export default nextConfig;
