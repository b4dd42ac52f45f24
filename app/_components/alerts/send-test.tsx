'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useId, useState } from 'react';
import type { Delivery } from '../../../lib/api/types.ts';
import { postJson } from '../../_lib/api.ts';
import { apiPaths } from '../../_lib/paths.ts';
import { queryKeys } from '../../_lib/query-keys.ts';
import { Failed } from '../states.tsx';

/** Sends one message to a receiver of the config, so that nobody learns of a wrong secret during a storm. */
export function SendTest({ receivers }: { receivers: readonly string[] }) {
  const client = useQueryClient();
  const listId = useId();
  const [receiver, setReceiver] = useState('');
  const chosen = receiver || (receivers[0] ?? '');
  const send = useMutation({
    mutationFn: (name: string) => postJson<Delivery>(apiPaths.sendTest, { receiver: name }),
    onSuccess: () => void client.invalidateQueries({ queryKey: queryKeys.deliveries }),
  });
  return (
    <form
      className="flex flex-col gap-2 py-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== '') send.mutate(chosen);
      }}
    >
      <div className="flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-2">
          receiver
          <input
            type="text"
            list={listId}
            value={receiver}
            placeholder={receivers[0] ?? 'its name in stallscope.yaml'}
            onChange={(event) => setReceiver(event.target.value)}
            className="min-h-7 w-56 rounded border border-line-strong bg-surface px-2 placeholder:text-muted"
          />
        </label>
        <datalist id={listId}>
          {receivers.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <button type="submit" className="button" disabled={send.isPending || chosen === ''}>
          <Send size={14} aria-hidden /> {send.isPending ? 'Sending' : 'Send test'}
        </button>
        <span role="status" className="text-muted">
          {send.data !== undefined && !send.isPending && `To ${send.data.receiver}: ${send.data.state}`}
        </span>
      </div>
      {send.error !== null && <Failed what={`The test to ${chosen}`} verb="could not be sent" error={send.error} />}
    </form>
  );
}
