// One MQTT client on libmosquitto, told what to do by lines on its standard input: the party that judges the bridge.
//
// A line is a command and its fields, separated by tabs; a field is `name=value` with %XX for any byte. What happens is
// told as JSON, a line each, on standard output; payloads are in hexadecimal. The end of the input ends the program.
//
//   connect      version=5|4 host= port= (port=0: host is a Unix socket's path) id= clean= expiry= keepalive= receive= window=
//                username= password= ca= certificate= key= will= will_payload= will_qos= will_retain=
//                retry=MS: comes back by itself after a connection was lost or refused. Without fields: connects again.
//   disconnect   says goodbye; sever: hangs up without a word, which lets the broker send the will
//   subscribe    topic= qos= no_local= as_published= handling= identifier=        unsubscribe  topic=
//   publish      topic= payload= qos= retain= format= content_type= response= correlation= expiry= user=NAME%00VALUE ...
//   load         stream= topic= lanes= count= size= qos= rate= window= retain=: numbered messages, to topic/0 ... topic/(lanes-1)
//                when lanes > 1; `loaded` is told when all are acknowledged, `stopped` when told to `stop`
//   counts       stream=: what came of such a stream; after=NS (monotonic clock) asks when messages came since that moment
//   pause        reads nothing more from the broker; resume: reads again
//   ping         answered with `pong` when everything before it was carried out
#define _GNU_SOURCE
#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// "STNGRLD1", so that a numbered message is known by its payload whatever became of its topic.
#define MAGIC 0x31444c52474e5453ull
#define STREAMS 64
#define LANES 64
#define FIELDS 64

struct stamp {
    uint64_t magic, number, sent;
    uint32_t stream, lanes;
};

struct stream {
    uint64_t came, distinct, late;
    // The highest number that came in each lane, plus 1.
    uint64_t next[LANES];
    uint8_t *seen;
    uint64_t seen_room;
    // When each distinct message was sent, and when it came, in order of arrival.
    struct arrival { uint64_t sent, came; } *arrivals;
    uint64_t arrival_room;
};

struct load {
    bool is_on;
    char *topic;
    uint64_t count, sent, done, begun;
    uint32_t stream, lanes, size, window;
    int qos;
    double rate;
    bool is_retained;
    uint8_t *payload;
};

struct field { char *name, *value; size_t length; };

static struct mosquitto *client;
static int version = 5;
static bool is_connected, is_wanted, is_paused;
static int64_t retry_ms = -1;
static uint64_t retry_at;
static struct stream streams[STREAMS];
static struct load load;
static struct field fields[FIELDS];
static int field_count;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *room_for(void *memory, size_t bytes) {
    memory = realloc(memory, bytes);
    if (!memory) {
        perror("mqtt-client");
        exit(2);
    }
    return memory;
}

// What is told

static void put_text(const char *text, size_t length) {
    putchar('"');
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\') printf("\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f) printf("\\u%04x", byte);
        else putchar(byte);
    }
    putchar('"');
}

static void tell_text(const char *name, const char *text) {
    printf(",\"%s\":", name);
    put_text(text, strlen(text));
}

static void tell_hex(const char *name, const void *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    printf(",\"%s\":\"", name);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *)bytes)[i];
        putchar(digits[byte >> 4]);
        putchar(digits[byte & 15]);
    }
    putchar('"');
}

static void complain(const char *what, int code) {
    printf("{\"event\":\"failed\",\"code\":%d", code);
    tell_text("what", what);
    const char *why = code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code);
    tell_text("why", why);
    printf("}\n");
}

// What is asked

static int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 0;
}

static struct field *field(const char *name) {
    for (int i = 0; i < field_count; i++)
        if (!strcmp(fields[i].name, name)) return &fields[i];
    return NULL;
}

static const char *text(const char *name) {
    struct field *found = field(name);
    return found ? found->value : NULL;
}

static int64_t number(const char *name, int64_t otherwise) {
    const char *value = text(name);
    return value ? strtoll(value, NULL, 10) : otherwise;
}

// Cuts a line into its command, which is returned, and its fields.
static char *parse(char *line) {
    field_count = 0;
    char *command = strsep(&line, "\t"), *part;
    while ((part = strsep(&line, "\t")) && field_count < FIELDS) {
        struct field *made = &fields[field_count++];
        made->name = strsep(&part, "=");
        char *from = made->value = part ? part : made->name + strlen(made->name), *to = from;
        while (*from) {
            if (*from == '%' && from[1] && from[2]) {
                *to++ = (char)(digit(from[1]) << 4 | digit(from[2]));
                from += 3;
            } else {
                *to++ = *from++;
            }
        }
        *to = 0;
        made->length = (size_t)(to - made->value);
    }
    return command;
}

// What libmosquitto tells

static void try_later(void) {
    if (is_wanted && retry_ms >= 0) retry_at = now_ns() + (uint64_t)retry_ms * 1000000u;
}

static void on_connect(struct mosquitto *mosq, void *context, int code, int flags, const mosquitto_property *properties) {
    (void)mosq, (void)context;
    is_connected = code == 0;
    printf("{\"event\":\"connected\",\"code\":%d,\"session_present\":%s", code, flags & 1 ? "true" : "false");
    char *why = NULL, *id = NULL;
    if (mosquitto_property_read_string(properties, MQTT_PROP_REASON_STRING, &why, false)) tell_text("why", why);
    if (mosquitto_property_read_string(properties, MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER, &id, false))
        tell_text("id", id);
    free(why);
    free(id);
    printf("}\n");
}

static void on_disconnect(struct mosquitto *mosq, void *context, int code, const mosquitto_property *properties) {
    (void)mosq, (void)context, (void)properties;
    is_connected = false;
    printf("{\"event\":\"disconnected\",\"code\":%d", code);
    const char *why = mosquitto_strerror(code);
    tell_text("why", why);
    printf("}\n");
    try_later();
}

static void on_subscribe(struct mosquitto *mosq, void *context, int id, int count, const int *granted) {
    (void)mosq, (void)context;
    printf("{\"event\":\"subscribed\",\"id\":%d,\"granted\":[", id);
    for (int i = 0; i < count; i++) printf(i ? ",%d" : "%d", granted[i]);
    printf("]}\n");
}

static void on_unsubscribe(struct mosquitto *mosq, void *context, int id) {
    (void)mosq, (void)context;
    printf("{\"event\":\"unsubscribed\",\"id\":%d}\n", id);
}

static void on_publish(struct mosquitto *mosq, void *context, int id, int reason, const mosquitto_property *properties) {
    (void)mosq, (void)context, (void)properties;
    // Only one load goes at a time, and nothing else is published meanwhile.
    if (load.is_on) load.done++;
    else printf("{\"event\":\"published\",\"id\":%d,\"reason\":%d}\n", id, reason);
}

static void take_numbered(const struct stamp *stamp, uint64_t came) {
    if (stamp->stream >= STREAMS || !stamp->lanes || stamp->lanes > LANES) return;
    struct stream *stream = &streams[stamp->stream];
    stream->came++;
    uint64_t place = stamp->number / 8;
    if (place >= stream->seen_room) {
        uint64_t grown = place + 4096;
        stream->seen = room_for(stream->seen, grown);
        memset(stream->seen + stream->seen_room, 0, grown - stream->seen_room);
        stream->seen_room = grown;
    }
    uint8_t bit = (uint8_t)(1 << stamp->number % 8);
    // A repeated message says nothing about order: an acknowledgement that was lost brings old ones again.
    if (stream->seen[place] & bit) return;
    stream->seen[place] |= bit;
    uint64_t *next = &stream->next[stamp->number % stamp->lanes];
    if (stamp->number < *next) stream->late++;
    else *next = stamp->number + 1;
    if (stream->distinct == stream->arrival_room) {
        stream->arrival_room = stream->arrival_room * 2 + 4096;
        stream->arrivals = room_for(stream->arrivals, stream->arrival_room * sizeof *stream->arrivals);
    }
    stream->arrivals[stream->distinct++] = (struct arrival){stamp->sent, came};
}

static void tell_properties(const mosquitto_property *properties) {
    char *one = NULL, *other = NULL;
    void *bytes = NULL;
    uint16_t length = 0;
    uint32_t count = 0;
    uint8_t small = 0;
    if (mosquitto_property_read_byte(properties, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, &small, false))
        printf(",\"format\":%d", small);
    if (mosquitto_property_read_int32(properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &count, false))
        printf(",\"expiry\":%u", count);
    if (mosquitto_property_read_string(properties, MQTT_PROP_CONTENT_TYPE, &one, false)) {
        tell_text("content_type", one);
        free(one);
    }
    if (mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &one, false)) {
        tell_text("response", one);
        free(one);
    }
    if (mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA, &bytes, &length, false)) {
        tell_hex("correlation", bytes, length);
        free(bytes);
    }
    const mosquitto_property *at = properties;
    const char *between = ",\"user\":[";
    for (bool skips = false; (at = mosquitto_property_read_string_pair(at, MQTT_PROP_USER_PROPERTY, &one, &other, skips));
         skips = true) {
        printf("%s[", between);
        put_text(one, strlen(one));
        putchar(',');
        put_text(other, strlen(other));
        putchar(']');
        between = ",";
        free(one);
        free(other);
    }
    if (*between == ',' && !between[1]) putchar(']');
    at = properties;
    between = ",\"identifiers\":[";
    for (bool skips = false; (at = mosquitto_property_read_varint(at, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, &count, skips));
         skips = true) {
        printf("%s%u", between, count);
        between = ",";
    }
    if (*between == ',' && !between[1]) putchar(']');
}

static void on_message(struct mosquitto *mosq, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties) {
    (void)mosq, (void)context;
    struct stamp stamp;
    if ((size_t)message->payloadlen >= sizeof stamp) {
        memcpy(&stamp, message->payload, sizeof stamp);
        if (stamp.magic == MAGIC) {
            take_numbered(&stamp, now_ns());
            return;
        }
    }
    printf("{\"event\":\"message\",\"qos\":%d,\"retain\":%s", message->qos, message->retain ? "true" : "false");
    tell_text("topic", message->topic);
    tell_hex("payload", message->payload, (size_t)message->payloadlen);
    tell_properties(properties);
    printf("}\n");
}

// The load

static void begin_load(void) {
    const char *topic = text("topic");
    if (load.is_on || !topic) {
        complain("load", MOSQ_ERR_INVAL);
        return;
    }
    free(load.topic);
    free(load.payload);
    load = (struct load){.topic = strdup(topic), .count = (uint64_t)number("count", 1), .begun = now_ns(),
                         .stream = (uint32_t)number("stream", 0), .lanes = (uint32_t)number("lanes", 1),
                         .size = (uint32_t)number("size", 64), .window = (uint32_t)number("window", 20),
                         .qos = (int)number("qos", 0), .is_retained = number("retain", 0), .is_on = true};
    const char *rate = text("rate");
    load.rate = rate ? strtod(rate, NULL) : 0;
    if (load.size < sizeof(struct stamp)) load.size = sizeof(struct stamp);
    load.payload = room_for(NULL, load.size);
    for (uint32_t i = 0; i < load.size; i++) load.payload[i] = (uint8_t)('a' + i % 26);
}

static void end_load(const char *event) {
    load.is_on = false;
    printf("{\"event\":\"%s\",\"stream\":%u,\"sent\":%lu,\"acknowledged\":%lu,\"seconds\":%.6f}\n", event, load.stream,
           load.sent, load.qos ? load.done : load.sent, (double)(now_ns() - load.begun) * 1e-9);
}

// Sends what is due; the nanoseconds until the next one is, or -1 when something else must happen first.
static int64_t advance_load(void) {
    if (load.sent >= load.count && (!load.qos || load.done >= load.sent) && !mosquitto_want_write(client)) end_load("loaded");
    if (!load.is_on) return -1;
    for (int batch = 0; load.sent < load.count && batch < 64; batch++) {
        if (!is_connected || mosquitto_want_write(client) || (load.qos && load.sent >= load.done + load.window)) return -1;
        uint64_t now = now_ns();
        if (load.rate > 0) {
            uint64_t due = load.begun + (uint64_t)((double)load.sent / load.rate * 1e9);
            if (now < due) return (int64_t)(due - now);
        }
        struct stamp stamp = {MAGIC, load.sent, now, load.stream, load.lanes};
        memcpy(load.payload, &stamp, sizeof stamp);
        char name[1024];
        snprintf(name, sizeof name, load.lanes > 1 ? "%s/%u" : "%s", load.topic, (uint32_t)(load.sent % load.lanes));
        int code = mosquitto_publish_v5(client, NULL, name, (int)load.size, load.payload, load.qos, load.is_retained, NULL);
        // With QoS 1 and 2 libmosquitto has taken it all the same, and sends it when it is connected again.
        if (code != MOSQ_ERR_SUCCESS && load.qos == 0) return -1;
        load.sent++;
    }
    // The last of QoS 0 are done when they are written.
    return load.sent < load.count || (!load.qos && !mosquitto_want_write(client)) ? 0 : -1;
}

static int by_value(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

static void tell_counts(void) {
    uint32_t id = (uint32_t)number("stream", 0) % STREAMS;
    struct stream *stream = &streams[id];
    uint64_t count = stream->distinct, longest = 0, highest = 0;
    for (int lane = 0; lane < LANES; lane++)
        if (stream->next[lane] > highest) highest = stream->next[lane];
    printf("{\"event\":\"counts\",\"stream\":%u,\"came\":%lu,\"distinct\":%lu,\"repeated\":%lu,\"late\":%lu,\"highest\":%lu", id,
           stream->came, count, stream->came - count, stream->late, highest);
    uint64_t *latencies = room_for(NULL, (count + 1) * sizeof *latencies);
    for (uint64_t i = 0; i < count; i++) {
        latencies[i] = stream->arrivals[i].came - stream->arrivals[i].sent;
        if (i && stream->arrivals[i].came - stream->arrivals[i - 1].came > longest)
            longest = stream->arrivals[i].came - stream->arrivals[i - 1].came;
    }
    if (count) {
        qsort(latencies, count, sizeof *latencies, by_value);
        printf(",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,\"longest_silence_s\":%.6f,\"seconds\":%.6f",
               (double)latencies[(count - 1) / 2] / 1e3, (double)latencies[(uint64_t)((double)(count - 1) * 0.99)] / 1e3,
               (double)latencies[(uint64_t)((double)(count - 1) * 0.999)] / 1e3, (double)latencies[count - 1] / 1e3,
               (double)longest * 1e-9, (double)(stream->arrivals[count - 1].came - stream->arrivals[0].came) * 1e-9);
    }
    if (text("after")) {
        uint64_t after = strtoull(text("after"), NULL, 10), first = 0, live = 0;
        for (uint64_t i = 0; i < count && !live; i++) {
            if (!first && stream->arrivals[i].came >= after) first = stream->arrivals[i].came;
            if (stream->arrivals[i].sent >= after) live = stream->arrivals[i].came;
        }
        // Of any message, and of one that was sent since.
        if (first) printf(",\"first_after_s\":%.6f", (double)(first - after) * 1e-9);
        if (live) printf(",\"live_after_s\":%.6f", (double)(live - after) * 1e-9);
    }
    free(latencies);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf(",\"cpu_s\":%.3f}\n", (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                                     (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6);
}

// The commands

static void add_string(mosquitto_property **list, int identifier, const char *name) {
    if (text(name)) mosquitto_property_add_string(list, identifier, text(name));
}

static void begin_connection(void) {
    is_wanted = true;
    retry_at = 0;
    int code;
    if (client && !field_count) {
        code = mosquitto_reconnect(client);
    } else {
        if (client) mosquitto_destroy(client);
        version = (int)number("version", 5);
        retry_ms = number("retry", -1);
        client = mosquitto_new(text("id"), number("clean", 1), NULL);
        if (!client) {
            complain("connect", MOSQ_ERR_ERRNO);
            return;
        }
        mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, version == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
        mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_int_option(client, MOSQ_OPT_RECEIVE_MAXIMUM, (int)number("receive", 65535));
        mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, (int)number("window", 20));
        mosquitto_connect_v5_callback_set(client, on_connect);
        mosquitto_disconnect_v5_callback_set(client, on_disconnect);
        mosquitto_subscribe_callback_set(client, on_subscribe);
        mosquitto_unsubscribe_callback_set(client, on_unsubscribe);
        mosquitto_publish_v5_callback_set(client, on_publish);
        mosquitto_message_v5_callback_set(client, on_message);
        mosquitto_username_pw_set(client, text("username"), text("password"));
        if (text("ca")) mosquitto_tls_set(client, text("ca"), NULL, text("certificate"), text("key"), NULL);
        if (text("will")) {
            struct field *payload = field("will_payload");
            mosquitto_will_set(client, text("will"), payload ? (int)payload->length : 0, payload ? payload->value : NULL,
                               (int)number("will_qos", 0), number("will_retain", 0));
        }
        mosquitto_property *properties = NULL;
        if (version == 5 && text("expiry"))
            mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, (uint32_t)number("expiry", 0));
        code = mosquitto_connect_bind_v5(client, text("host"), (int)number("port", 0), (int)number("keepalive", 60), NULL,
                                         properties);
        mosquitto_property_free_all(&properties);
    }
    if (code != MOSQ_ERR_SUCCESS) {
        complain("connect", code);
        try_later();
    }
}

static void publish(void) {
    mosquitto_property *properties = NULL;
    int code = MOSQ_ERR_SUCCESS, id = 0;
    add_string(&properties, MQTT_PROP_CONTENT_TYPE, "content_type");
    add_string(&properties, MQTT_PROP_RESPONSE_TOPIC, "response");
    if (text("format"))
        mosquitto_property_add_byte(&properties, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, (uint8_t)number("format", 0));
    if (text("expiry"))
        mosquitto_property_add_int32(&properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, (uint32_t)number("expiry", 0));
    struct field *bytes = field("correlation");
    if (bytes)
        mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA, bytes->value, (uint16_t)bytes->length);
    for (int i = 0; i < field_count; i++) {
        if (strcmp(fields[i].name, "user")) continue;
        // A name and a value, which follows the name's zero byte.
        const char *value = fields[i].value + strlen(fields[i].value) + 1;
        if (value <= fields[i].value + fields[i].length)
            mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, fields[i].value, value);
    }
    bytes = field("payload");
    code = mosquitto_publish_v5(client, &id, text("topic"), bytes ? (int)bytes->length : 0, bytes ? bytes->value : NULL,
                                (int)number("qos", 0), number("retain", 0), properties);
    mosquitto_property_free_all(&properties);
    if (code != MOSQ_ERR_SUCCESS) complain("publish", code);
}

static void subscribe(void) {
    mosquitto_property *properties = NULL;
    if (text("identifier"))
        mosquitto_property_add_varint(&properties, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, (uint32_t)number("identifier", 0));
    int options = 0;
    if (version == 5) {
        options |= number("no_local", 0) ? MQTT_SUB_OPT_NO_LOCAL : 0;
        options |= number("as_published", 0) ? MQTT_SUB_OPT_RETAIN_AS_PUBLISHED : 0;
        options |= (int)number("handling", 0) << 4;
    }
    int code = mosquitto_subscribe_v5(client, NULL, text("topic"), (int)number("qos", 0), options, properties);
    mosquitto_property_free_all(&properties);
    if (code != MOSQ_ERR_SUCCESS) complain("subscribe", code);
}

static void obey(char *line) {
    char *command = parse(line);
    if (!strcmp(command, "connect")) {
        begin_connection();
    } else if (!strcmp(command, "ping")) {
        printf("{\"event\":\"pong\"}\n");
    } else if (!strcmp(command, "counts")) {
        tell_counts();
    } else if (!client) {
        complain(command, MOSQ_ERR_NO_CONN);
    } else if (!strcmp(command, "disconnect")) {
        is_wanted = false;
        mosquitto_disconnect_v5(client, 0, NULL);
    } else if (!strcmp(command, "sever")) {
        is_wanted = false;
        if (mosquitto_socket(client) >= 0) shutdown(mosquitto_socket(client), SHUT_RDWR);
    } else if (!strcmp(command, "subscribe")) {
        subscribe();
    } else if (!strcmp(command, "unsubscribe")) {
        mosquitto_unsubscribe(client, NULL, text("topic"));
    } else if (!strcmp(command, "publish")) {
        publish();
    } else if (!strcmp(command, "load")) {
        begin_load();
    } else if (!strcmp(command, "stop")) {
        if (load.is_on) end_load("stopped");
    } else if (!strcmp(command, "pause") || !strcmp(command, "resume")) {
        is_paused = *command == 'p';
    } else {
        complain(command, MOSQ_ERR_INVAL);
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    mosquitto_lib_init();
    static char output[1 << 16];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    size_t room = 1 << 16, held = 0;
    char *input = room_for(NULL, room);
    uint64_t misc_at = 0;
    for (;;) {
        int64_t wait = 500000000;
        if (client && load.is_on) {
            int64_t due = advance_load();
            if (due >= 0) wait = due;
        }
        uint64_t now = now_ns();
        if (retry_at) {
            if (now >= retry_at) {
                field_count = 0;
                begin_connection();
                continue;
            }
            if ((int64_t)(retry_at - now) < wait) wait = (int64_t)(retry_at - now);
        }
        fflush(stdout);
        int socket = client ? mosquitto_socket(client) : -1;
        struct pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {socket, 0, 0}};
        if (socket >= 0) {
            fds[1].events = (short)((is_paused ? 0 : POLLIN) | (mosquitto_want_write(client) ? POLLOUT : 0));
            // A load's pace and a connection's end are found at reading or writing.
            if (!fds[1].events) fds[1].fd = -1;
        }
        struct timespec time = {wait / 1000000000, wait % 1000000000};
        if (ppoll(fds, 2, &time, NULL) < 0 && errno != EINTR) return 2;
        if (socket >= 0 && fds[1].fd >= 0) {
            if (fds[1].revents & POLLOUT) mosquitto_loop_write(client, 1);
            if (fds[1].revents & (POLLIN | POLLERR | POLLHUP) && !is_paused) mosquitto_loop_read(client, 1);
        }
        if (client && (now = now_ns()) >= misc_at) {
            misc_at = now + 250000000;
            if (!is_paused) mosquitto_loop_misc(client);
        }
        if (!(fds[0].revents & (POLLIN | POLLHUP))) continue;
        ssize_t count = read(STDIN_FILENO, input + held, room - held - 1);
        if (count <= 0) break;
        held += (size_t)count;
        char *from = input, *end;
        while ((end = memchr(from, '\n', held - (size_t)(from - input)))) {
            *end = 0;
            obey(from);
            from = end + 1;
        }
        held -= (size_t)(from - input);
        memmove(input, from, held);
        if (room - held < 4096) input = room_for(input, room *= 2);
    }
    if (client && is_connected) mosquitto_disconnect_v5(client, 0, NULL);
    fflush(stdout);
    return 0;
}
