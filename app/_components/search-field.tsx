'use client';

/** A filter box. What is typed also stands in the URL, so that a copied link shows the same rows. */
export function SearchField({
  value,
  onChange,
  label,
}: {
  value: string;
  onChange: (text: string) => void;
  label: string;
}) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="min-h-7 w-64 max-w-full rounded border border-line-strong bg-surface px-2 placeholder:text-muted"
    />
  );
}
