/*
 * The peer of the SNMP benchmark: net-snmp's C library, asynchronous, polling the same columns of the same agents
 * with GetBulk and keeping each number. One column a request, as its users do.
 *
 *   cc -O2 snmp-netsnmp.c -o snmp-netsnmp -lnetsnmp && ./snmp-netsnmp FIRST_PORT DEVICES ROUNDS REPETITIONS
 *
 * Prints one JSON line: variables read, errors, CPU seconds (user + system).
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <sys/resource.h>

enum { MAX_COLUMNS = 32, MAX_ROWS = 4096 };

static oid columns[MAX_COLUMNS][MAX_OID_LEN];
static size_t column_length[MAX_COLUMNS];
static int column_count, repetitions, active;
static long variables, errors;

typedef struct {
  netsnmp_session *session;
  int column;
  oid at[MAX_OID_LEN];
  size_t at_length;
  int row;
  uint64_t values[MAX_COLUMNS][MAX_ROWS];
} Device;

static void begin_column(Device *device, int column) {
  device->column = column;
  device->row = 0;
  memcpy(device->at, columns[column], column_length[column] * sizeof(oid));
  device->at_length = column_length[column];
}

static void ask(Device *device) {
  netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
  pdu->non_repeaters = 0;
  pdu->max_repetitions = repetitions;
  snmp_add_null_var(pdu, device->at, device->at_length);
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
  const size_t length = column_length[device->column];
  int ended = 0;
  for (netsnmp_variable_list *variable = pdu->variables; variable; variable = variable->next_variable) {
    if (variable->name_length <= length || variable->type >= SNMP_NOSUCHOBJECT ||
        memcmp(variable->name, columns[device->column], length * sizeof(oid))) {
      ended = 1;
      break;
    }
    uint64_t value = variable->type == ASN_COUNTER64
                         ? (uint64_t)variable->val.counter64->high << 32 | variable->val.counter64->low
                         : (uint64_t)*variable->val.integer;
    if (device->row < MAX_ROWS) device->values[device->column][device->row++] = value;
    variables++;
    memcpy(device->at, variable->name, variable->name_length * sizeof(oid));
    device->at_length = variable->name_length;
  }
  if (ended) {
    if (device->column + 1 == column_count) {
      active--;
      return 1;
    }
    begin_column(device, device->column + 1);
  }
  ask(device);
  return 1;
}

static void add_column(const char *entry, int column) {
  char text[128];
  snprintf(text, sizeof text, ".%s.%d", entry, column);
  column_length[column_count] = MAX_OID_LEN;
  if (!read_objid(text, columns[column_count], &column_length[column_count])) exit(1);
  column_count++;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  int first = atoi(argv[1]), devices = atoi(argv[2]), rounds = atoi(argv[3]);
  repetitions = atoi(argv[4]);
  setenv("MIBS", "", 1);
  init_snmp("bench");
  int ifx[] = {6, 7, 8, 9, 10, 11, 12, 13, 15, 19};
  for (int i = 0; i < 10; i++) add_column("1.3.6.1.2.1.31.1.1.1", ifx[i]);
  add_column("1.3.6.1.2.1.2.2.1", 8);
  add_column("1.3.6.1.2.1.2.2.1", 19);
  for (int column = 2; column <= 3; column++) add_column("1.3.6.1.4.1.9.9.813.1.2.1", column);
  for (int column = 2; column <= 3; column++) add_column("1.3.6.1.4.1.9.9.813.1.4.1", column);
  add_column("1.3.6.1.4.1.9.9.580.1.5.6.1", 3);
  add_column("1.3.6.1.4.1.9.9.580.1.5.6.1", 6);
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
      begin_column(&all[i], 0);
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
