'use client';

import { useQuery } from '@tanstack/react-query';
import { DeliveryTable } from '../_components/alerts/delivery-table.tsx';
import { SendTest } from '../_components/alerts/send-test.tsx';
import { PageHeader } from '../_components/page-header.tsx';
import { Panel } from '../_components/panel.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { Empty } from '../_components/states.tsx';
import { deliveriesQuery } from '../_lib/queries.ts';

/** Who was told what, and did it arrive? */
export function AlertsScreen() {
  const query = useQuery(deliveriesQuery);
  const receivers = [...new Set((query.data?.items ?? []).map((delivery) => delivery.receiver))].sort();
  return (
    <>
      <PageHeader title="Alerts" />
      <div className="flex flex-col gap-3">
        <Panel title="Send a test" note="goes through the same outbox as an alert">
          <SendTest receivers={receivers} />
        </Panel>
        <Panel title="Deliveries" note="newest first">
          <QueryContent query={query} what="The delivery log" skeletonRows={8}>
            {(page) =>
              page.items.length === 0 ? (
                <Empty
                  title="Nobody has been told anything yet."
                  command={
                    'receivers: [{ kind: webhook, name: netops, url: "https://…", secretFile: /etc/stallscope/webhook }]'
                  }
                >
                  An incident at warning or critical is sent to every receiver of stallscope.yaml.
                </Empty>
              ) : (
                <DeliveryTable deliveries={page.items} />
              )
            }
          </QueryContent>
        </Panel>
      </div>
    </>
  );
}
