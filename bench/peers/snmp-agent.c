/*
 * An SNMPv2c agent that costs almost nothing, so that a benchmark measures the poller and not the agent.
 * It serves one table image on many UDP ports of loopback: system, ifTable, ifXTable, CISCO-PFC-EXT-MIB frames and
 * wait times per priority, and priority group buffers: 60 counters a port as the cisco-nxos profile reads them.
 *
 *   cc -O2 snmp-agent.c -o snmp-agent && ./snmp-agent FIRST_PORT PORTS INTERFACES [MAX_MESSAGE_BYTES]
 *
 * Prints "ready" on stdout when all sockets are bound.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { MAX_SUBIDS = 32, MAX_VARIABLE = 128, MAX_NAMES = 128, MAX_DATAGRAM = 65507 };
enum { INTEGER = 2, OCTETS = 4, OID = 6, COUNTER32 = 0x41, GAUGE32 = 0x42, TICKS = 0x43, COUNTER64 = 0x46 };
enum { END_OF_VIEW = 0x82, NO_SUCH_INSTANCE = 0x81, GET = 0xa0, GET_BULK = 0xa5 };

/* One object: its name as numbers, for searching, and its whole variable as it goes out. */
typedef struct {
  uint32_t oid[MAX_SUBIDS];
  int length;
  uint8_t variable[MAX_VARIABLE];
  int bytes;
  uint32_t growth_per_ms;
} Object;

static Object *objects;
static int count, capacity;
static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static int encode_subid(uint8_t *to, uint32_t value) {
  int octets = 1;
  for (uint32_t rest = value >> 7; rest; rest >>= 7) octets++;
  for (int i = octets - 1; i >= 0; i--, value >>= 7) to[i] = (value & 0x7f) | (i == octets - 1 ? 0 : 0x80);
  return octets;
}

static int encode_oid(uint8_t *to, const uint32_t *oid, int length) {
  int at = encode_subid(to, oid[0] * 40 + oid[1]);
  for (int i = 2; i < length; i++) at += encode_subid(to + at, oid[i]);
  return at;
}

static int encode_unsigned(uint8_t *to, uint64_t value) {
  uint8_t reversed[9];
  int octets = 0;
  do reversed[octets++] = value & 0xff; while (value >>= 8);
  if (reversed[octets - 1] & 0x80) reversed[octets++] = 0;
  for (int i = 0; i < octets; i++) to[i] = reversed[octets - 1 - i];
  return octets;
}

static void add(const uint32_t *oid, int length, uint8_t type, const void *value, int bytes) {
  if (count == capacity) objects = realloc(objects, (capacity = capacity ? capacity * 2 : 4096) * sizeof(Object));
  Object *object = &objects[count++];
  memcpy(object->oid, oid, length * sizeof *oid);
  object->length = length;
  uint8_t *out = object->variable;
  int name = encode_oid(out + 4, oid, length);
  out[0] = 0x30;
  out[1] = 2 + name + 2 + bytes;
  out[2] = OID;
  out[3] = name;
  out[4 + name] = type;
  out[5 + name] = bytes;
  memcpy(out + 6 + name, value, bytes);
  object->bytes = 6 + name + bytes;
  object->growth_per_ms = 0;
}

/* Reads "1.3.6.1" into numbers. */
static int parse(const char *text, uint32_t *oid) {
  int length = 0;
  for (char *end; *text; text = *end ? end + 1 : end) oid[length++] = strtoul(text, &end, 10);
  return length;
}

static void add_number(const char *name, uint8_t type, uint64_t number) {
  uint32_t oid[MAX_SUBIDS];
  uint8_t value[9];
  add(oid, parse(name, oid), type, value, encode_unsigned(value, number));
}

static void add_text(const char *name, const char *text) {
  uint32_t oid[MAX_SUBIDS];
  add(oid, parse(name, oid), OCTETS, text, strlen(text));
}

/* One column of a table with index ifIndex, or ifIndex.0 to ifIndex.7. Counters are as long as busy ports' are. */
static void add_column(const char *entry, int column, uint8_t type, int interfaces, int priorities, int bits,
                       uint32_t growth_per_ms) {
  uint32_t oid[MAX_SUBIDS];
  int length = parse(entry, oid);
  oid[length++] = column;
  for (int i = 1; i <= interfaces; i++)
    for (int p = 0; p < (priorities ? 8 : 1); p++) {
      uint8_t value[64];
      int bytes;
      if (type == OCTETS) bytes = sprintf((char *)value, "Ethernet1/%d", i);
      else bytes = encode_unsigned(value, bits > 0 ? (next_random() >> (64 - bits)) | 1ull << (bits - 1) : (uint64_t)-bits);
      oid[length] = i;
      oid[length + 1] = p;
      add(oid, length + (priorities ? 2 : 1), type, value, bytes);
      objects[count - 1].growth_per_ms = growth_per_ms;
    }
}

static int compare(const uint32_t *a, int a_length, const uint32_t *b, int b_length) {
  for (int i = 0; i < a_length && i < b_length; i++)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return a_length - b_length;
}

static int compare_objects(const void *a, const void *b) {
  const Object *x = a, *y = b;
  return compare(x->oid, x->length, y->oid, y->length);
}

static void build(int interfaces) {
  const char *if_entry = "1.3.6.1.2.1.2.2.1", *ifx_entry = "1.3.6.1.2.1.31.1.1.1";
  const char *pfc = "1.3.6.1.4.1.9.9.813.1.2.1", *wait = "1.3.6.1.4.1.9.9.813.1.4.1";
  const char *buffers = "1.3.6.1.4.1.9.9.580.1.5.6.1";
  uint32_t oid[MAX_SUBIDS], nexus[MAX_SUBIDS];
  uint8_t value[MAX_SUBIDS];
  add_text("1.3.6.1.2.1.1.1.0", "Cisco NX-OS(tm) benchmark agent");
  int length = parse("1.3.6.1.2.1.1.2.0", oid);
  add(oid, length, OID, value, encode_oid(value, nexus, parse("1.3.6.1.4.1.9.12.3.1.3.1812", nexus)));
  add_number("1.3.6.1.2.1.1.3.0", TICKS, 85009187);
  add_text("1.3.6.1.2.1.1.5.0", "leaf");
  add_number("1.3.6.1.6.3.10.2.1.2.0", INTEGER, 3);
  add_number("1.3.6.1.4.1.9.9.580.1.1.6.0", GAUGE32, 416);
  add_column(if_entry, 2, OCTETS, interfaces, 0, 0, 0);
  add_column(if_entry, 3, INTEGER, interfaces, 0, -6, 0);
  add_column(if_entry, 8, INTEGER, interfaces, 0, -1, 0);
  add_column(if_entry, 19, COUNTER32, interfaces, 0, 28, 0);
  add_column(ifx_entry, 1, OCTETS, interfaces, 0, 0, 0);
  for (int column = 6; column <= 13; column++)
    add_column(ifx_entry, column, COUNTER64, interfaces, 0, column == 6 || column == 10 ? 50 : 36,
               column == 6 || column == 10 ? 20000000 : 5000);
  add_column(ifx_entry, 15, GAUGE32, interfaces, 0, -400000, 0);
  add_column(ifx_entry, 18, OCTETS, interfaces, 0, 0, 0);
  add_column(ifx_entry, 19, TICKS, interfaces, 0, -500, 0);
  for (int column = 2; column <= 3; column++) {
    add_column(pfc, column, COUNTER64, interfaces, 1, 36, 1);
    add_column(wait, column, COUNTER64, interfaces, 1, 36, 3);
  }
  add_column(buffers, 6, GAUGE32, interfaces, 1, 12, 0);
  add_column(buffers, 7, GAUGE32, interfaces, 1, 14, 0);
  qsort(objects, count, sizeof(Object), compare_objects);
}

/* First object behind a name. */
static int after(const uint32_t *oid, int length) {
  int low = 0, high = count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (compare(objects[middle].oid, objects[middle].length, oid, length) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* Steps into one element; NULL when the bytes do not hold it. */
static const uint8_t *element(const uint8_t *at, const uint8_t *end, int *tag, int *length) {
  if (end - at < 2) return NULL;
  *tag = *at++;
  int size = *at++;
  if (size & 0x80) {
    int octets = size & 0x7f;
    if (octets > 3 || end - at < octets) return NULL;
    for (size = 0; octets--;) size = size << 8 | *at++;
  }
  *length = size;
  return size > end - at ? NULL : at;
}

static int number(const uint8_t *at, int length) {
  int value = 0;
  while (length--) value = value << 8 | *at++;
  return value;
}

static int header(uint8_t *to, int tag, int length) {
  to[0] = tag;
  to[1] = 0x82;
  to[2] = length >> 8;
  to[3] = length;
  return 4;
}

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t started_ms, elapsed_ms;

/* Counters count: adds to the value at the end of a copied variable. Values are short enough never to overflow. */
static void grow(uint8_t *end, uint64_t amount) {
  for (unsigned carry = 0; amount || carry; amount >>= 8) {
    unsigned sum = *--end + (amount & 0xff) + carry;
    *end = sum;
    carry = sum >> 8;
  }
}

static int max_message = MAX_DATAGRAM;
static uint8_t body[MAX_DATAGRAM + MAX_VARIABLE];
static int body_bytes;

/* Appends one variable; 0 when the answer is full. */
static int emit(int index, const uint8_t *asked, int asked_bytes, int exception) {
  int known = index >= 0 && index < count;
  int bytes = known ? objects[index].bytes : asked_bytes + 4;
  if (body_bytes + bytes > max_message - 80) return 0;
  uint8_t *out = body + body_bytes;
  if (known) {
    memcpy(out, objects[index].variable, bytes);
    if (objects[index].growth_per_ms) grow(out + bytes, elapsed_ms * objects[index].growth_per_ms);
  } else {
    out[0] = 0x30;
    out[1] = asked_bytes + 2;
    memcpy(out + 2, asked, asked_bytes);
    out[2 + asked_bytes] = exception;
    out[3 + asked_bytes] = 0;
  }
  body_bytes += bytes;
  return 1;
}

static int answer(const uint8_t *in, int in_bytes, uint8_t *out) {
  const uint8_t *end = in + in_bytes, *at, *community, *id;
  int tag, length, community_bytes, pdu, id_bytes, index[MAX_NAMES], asked_bytes[MAX_NAMES], names = 0;
  const uint8_t *asked[MAX_NAMES];
  if (!(at = element(in, end, &tag, &length)) || tag != 0x30) return 0;
  if (!(at = element(at, end, &tag, &length))) return 0;
  if (!(community = element(at + length, end, &tag, &community_bytes))) return 0;
  if (!(at = element(community + community_bytes, end, &pdu, &length))) return 0;
  if (!(id = element(at, end, &tag, &id_bytes))) return 0;
  if (!(at = element(id + id_bytes, end, &tag, &length))) return 0;
  int non_repeaters = number(at, length);
  if (!(at = element(at + length, end, &tag, &length))) return 0;
  int repetitions = number(at, length);
  if (!(at = element(at + length, end, &tag, &length))) return 0;
  for (const uint8_t *list_end = at + length; at < list_end && names < MAX_NAMES; names++) {
    const uint8_t *variable = element(at, list_end, &tag, &length);
    if (!variable) return 0;
    at = variable + length;
    int oid_bytes, subids = 2;
    const uint8_t *oid = element(variable, at, &tag, &oid_bytes);
    if (!oid || oid_bytes < 1) return 0;
    uint32_t numbers[MAX_SUBIDS] = {oid[0] / 40, oid[0] % 40}, value = 0;
    for (int i = 1; i < oid_bytes && subids < MAX_SUBIDS; i++) {
      value = value << 7 | (oid[i] & 0x7f);
      if (oid[i] & 0x80) continue;
      numbers[subids++] = value;
      value = 0;
    }
    asked[names] = variable;
    asked_bytes[names] = oid - variable + oid_bytes;
    index[names] = after(numbers, subids);
    if (pdu == GET) {
      int here = index[names] - 1;
      int same = here >= 0 && compare(objects[here].oid, objects[here].length, numbers, subids) == 0;
      index[names] = same ? here : -1;
    }
  }
  body_bytes = 0;
  int full = 0;
  if (pdu != GET_BULK) non_repeaters = names;
  for (int i = 0; i < names && i < non_repeaters && !full; i++)
    full = !emit(index[i], asked[i], asked_bytes[i], pdu == GET ? NO_SUCH_INSTANCE : END_OF_VIEW);
  if (names > non_repeaters)
    for (int round = 0; round < repetitions && !full; round++)
      for (int i = non_repeaters; i < names && !full; i++)
        full = !emit(index[i] + round, asked[i], asked_bytes[i], END_OF_VIEW);
  int pdu_bytes = 2 + id_bytes + 6 + 4 + body_bytes, o = 0;
  o += header(out, 0x30, 3 + 2 + community_bytes + 4 + pdu_bytes);
  memcpy(out + o, "\x02\x01\x01\x04", 4);
  out[o + 4] = community_bytes;
  memcpy(out + o + 5, community, community_bytes);
  o += 5 + community_bytes;
  o += header(out + o, 0xa2, pdu_bytes);
  out[o++] = INTEGER;
  out[o++] = id_bytes;
  memcpy(out + o, id, id_bytes);
  o += id_bytes;
  memcpy(out + o, "\x02\x01\x00\x02\x01\x00", 6);
  o += 6;
  o += header(out + o, 0x30, body_bytes);
  memcpy(out + o, body, body_bytes);
  return o + body_bytes;
}

static int open_port(int port) {
  int file = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = 4 << 20;
  setsockopt(file, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(file, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(file, (void *)&address, sizeof address)) {
    perror("bind");
    exit(1);
  }
  return file;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: snmp-agent FIRST_PORT PORTS INTERFACES [MAX_MESSAGE_BYTES]\n");
    return 2;
  }
  int first = atoi(argv[1]), ports = atoi(argv[2]);
  build(atoi(argv[3]));
  if (argc > 4) max_message = atoi(argv[4]);
  int poll = epoll_create1(0);
  for (int i = 0; i < ports; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = open_port(first + i)};
    epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
  }
  started_ms = now_ms();
  puts("ready");
  fflush(stdout);
  static uint8_t in[MAX_DATAGRAM], out[MAX_DATAGRAM + 256];
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(poll, events, 256, -1);
    elapsed_ms = now_ms() - started_ms;
    for (int i = 0; i < ready; i++)
      for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        int bytes = recvfrom(events[i].data.fd, in, sizeof in, 0, (void *)&from, &size);
        if (bytes < 0) break;
        int length = answer(in, bytes, out);
        if (length > 0) sendto(events[i].data.fd, out, length, 0, (void *)&from, size);
      }
  }
}
