/*
 * The peer of the SNMP benchmark: net-snmp's C library, asynchronous, polling the same columns of the same agents
 * with GetBulk and keeping each number. WIDTH columns of one table a request: 1 as its users do, or as many as we ask.
 *
 *   cc -O2 snmp-netsnmp.c -o snmp-netsnmp -lnetsnmp && ./snmp-netsnmp FIRST_PORT DEVICES ROUNDS REPETITIONS WIDTH
 *
 * Prints one JSON line: variables read, errors, CPU seconds (user + system).
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <sys/resource.h>

enum { MAX_COLUMNS = 32, MAX_ROWS = 4096 };

static oid columns[MAX_COLUMNS][MAX_OID_LEN];
static size_t column_length[MAX_COLUMNS];
/* Columns of one group have the same rows and may be asked together. */
static int column_group[MAX_COLUMNS];
static int column_count, repetitions, width, active;
static long variables, errors;

typedef struct {
  netsnmp_session *session;
  /* Columns [first, first + together) are being read; each has come to row[] and at[]. */
  int first, together;
  oid at[MAX_COLUMNS][MAX_OID_LEN];
  size_t at_length[MAX_COLUMNS];
  int row[MAX_COLUMNS];
  uint64_t values[MAX_COLUMNS][MAX_ROWS];
} Device;

static void begin_columns(Device *device, int first) {
  device->first = first;
  device->together = 0;
  for (int c = first; c < column_count && c - first < width && column_group[c] == column_group[first]; c++) {
    device->row[c] = 0;
    memcpy(device->at[c], columns[c], column_length[c] * sizeof(oid));
    device->at_length[c] = column_length[c];
    device->together++;
  }
}

static void ask(Device *device) {
  netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
  pdu->non_repeaters = 0;
  pdu->max_repetitions = repetitions;
  for (int c = device->first; c < device->first + device->together; c++)
    snmp_add_null_var(pdu, device->at[c], device->at_length[c]);
  if (snmp_send(device->session, pdu)) return;
  snmp_free_pdu(pdu);
  errors++;
  active--;
}

static int answered(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *magic) {
  Device *device = magic;
  (void)session;
  (void)id;
  if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
    errors++;
    active--;
    return 1;
  }
  int ended = 0, c = device->first;
  for (netsnmp_variable_list *variable = pdu->variables; variable; variable = variable->next_variable) {
    const size_t length = column_length[c];
    if (variable->name_length <= length || variable->type >= SNMP_NOSUCHOBJECT ||
        memcmp(variable->name, columns[c], length * sizeof(oid))) {
      ended = 1;
      break;
    }
    uint64_t value = variable->type == ASN_COUNTER64
                         ? (uint64_t)variable->val.counter64->high << 32 | variable->val.counter64->low
                         : (uint64_t)*variable->val.integer;
    if (device->row[c] < MAX_ROWS) device->values[c][device->row[c]++] = value;
    variables++;
    memcpy(device->at[c], variable->name, variable->name_length * sizeof(oid));
    device->at_length[c] = variable->name_length;
    if (++c == device->first + device->together) c = device->first;
  }
  if (ended) {
    if (device->first + device->together == column_count) {
      active--;
      return 1;
    }
    begin_columns(device, device->first + device->together);
  }
  ask(device);
  return 1;
}

static void add_column(const char *entry, int column, int group) {
  char text[128];
  snprintf(text, sizeof text, ".%s.%d", entry, column);
  column_length[column_count] = MAX_OID_LEN;
  if (!read_objid(text, columns[column_count], &column_length[column_count])) exit(1);
  column_group[column_count++] = group;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  int first = atoi(argv[1]), devices = atoi(argv[2]), rounds = atoi(argv[3]);
  repetitions = atoi(argv[4]);
  width = atoi(argv[5]);
  setenv("MIBS", "", 1);
  init_snmp("bench");
  int ifx[] = {6, 7, 8, 9, 10, 11, 12, 13, 15, 19};
  for (int i = 0; i < 10; i++) add_column("1.3.6.1.2.1.31.1.1.1", ifx[i], 0);
  add_column("1.3.6.1.2.1.2.2.1", 8, 0);
  add_column("1.3.6.1.2.1.2.2.1", 19, 0);
  for (int column = 2; column <= 3; column++) add_column("1.3.6.1.4.1.9.9.813.1.2.1", column, 1);
  for (int column = 2; column <= 3; column++) add_column("1.3.6.1.4.1.9.9.813.1.4.1", column, 1);
  add_column("1.3.6.1.4.1.9.9.580.1.5.6.1", 6, 1);
  add_column("1.3.6.1.4.1.9.9.580.1.5.6.1", 7, 1);
  Device *all = calloc(devices, sizeof *all);
  for (int i = 0; i < devices; i++) {
    netsnmp_session session;
    snmp_sess_init(&session);
    char peer[64];
    snprintf(peer, sizeof peer, "127.0.0.1:%d", first + i);
    session.version = SNMP_VERSION_2c;
    session.peername = peer;
    session.community = (u_char *)"public";
    session.community_len = 6;
    session.callback = answered;
    session.callback_magic = &all[i];
    all[i].session = snmp_open(&session);
  }
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < devices; i++) {
      begin_columns(&all[i], 0);
      active++;
      ask(&all[i]);
    }
    while (active > 0) {
      int files = 0, block = 1;
      fd_set set;
      struct timeval timeout = {1, 0};
      FD_ZERO(&set);
      snmp_select_info(&files, &set, &timeout, &block);
      if (select(files, &set, 0, 0, block ? 0 : &timeout) > 0) snmp_read(&set);
      else snmp_timeout();
    }
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6 + usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6;
  printf("{\"variables\":%ld,\"errors\":%ld,\"cpuSeconds\":%.3f}\n", variables, errors, cpu);
  return 0;
}
