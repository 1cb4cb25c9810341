/// mosquitto.conf files as people have them, and what becomes of each.
enum MosquittoExamples {
    static let site = #"""
        # Site broker
        persistence true
        persistence_location /var/lib/mosquitto/
        listener 1883 127.0.0.1
        listener 8883
        cafile /etc/mosquitto/ca.crt
        certfile /etc/mosquitto/server.crt
        keyfile /etc/mosquitto/server.key
        allow_anonymous false
        password_file /etc/mosquitto/passwd
        acl_file /etc/mosquitto/acl

        connection cloud
        address mqtt.cloud.example:8883 mqtt-2.cloud.example:8883
        bridge_cafile /etc/ssl/cloud-ca.pem
        bridge_certfile /etc/mosquitto/site-4.pem
        bridge_keyfile /etc/mosquitto/site-4.key
        bridge_insecure false
        bridge_tls_version tlsv1.2
        bridge_alpn mqtt
        remote_clientid site-4
        remote_username site-4
        remote_password hunter2 with spaces
        local_username bridge
        local_password hunter2local
        cleansession false
        keepalive_interval 30
        restart_timeout 5 30
        notifications true
        try_private true
        start_type automatic
        topic sensors/# out 1 "" site-4/
        topic cmd/# in 2 "" site-4/
        topic # both 0 local/ remote/
        topic "" both 1 status/here status/site-4
        """#

    static let siteYAML = #"""
        # Made from m.conf by `stinger-bridge import-mosquitto`.
        # Take the `connection` sections out of mosquitto.conf and restart mosquitto before this bridge starts: two bridges
        # with one client identifier throw each other out.

        hubs:
          "local-cloud":                                                # the broker whose configuration m.conf is
            connect: ["mqtt://localhost:1883"]                          # line 4
            username: "bridge"
            password: {file: "local-cloud.password"}                    # line 25; put it there with
            # (umask 077; sed -n '25s/^[[:space:]]*local_password[[:space:]]*//p' 'm.conf' > 'local-cloud.password')
          "cloud":                                                      # line 13
            connect: ["mqtts://mqtt.cloud.example:8883", "mqtts://mqtt-2.cloud.example:8883"]  # line 14
            addresses: return_to_first
            fall_back: true                                             # mosquitto takes 3.1.1; here MQTT 5 is tried first
            client_id: "site-4"
            username: "site-4"
            password: {file: "cloud.password"}                          # line 23; put it there with
            # (umask 077; sed -n '23s/^[[:space:]]*remote_password[[:space:]]*//p' 'm.conf' > 'cloud.password')
            tls: {ca: "/etc/ssl/cloud-ca.pem", certificate: "/etc/mosquitto/site-4.pem", key: "/etc/mosquitto/site-4.key", alpn: ["mqtt"]}
            keep_alive: 30s
            redial: {first: 5s, longest: 30s}

        bridges:
          - id: "cloud"                                                 # line 13
            between: ["local-cloud", "cloud"]
            # mosquitto told its state on $SYS/broker/connection/…/state, where only a broker can publish; here it is
            # stinger/bridge/{bridge}/{peer}/state.
            topics:
              - {filter: "sensors/#", second_prefix: "site-4/", direction: out, qos: 1}  # line 32
              - {filter: "cmd/#", second_prefix: "site-4/", direction: in, qos: 2}  # line 33
              - {filter: "#", first_prefix: "local/", second_prefix: "remote/", direction: both, qos: 0}  # line 34
              - {filter: "status/here", as: "status/site-4", direction: both, qos: 1}  # line 35

        # What has no equal here, or not quite:
        # line 19: `bridge_tls_version tlsv1.2` has no equal: TLS 1.3 is spoken where both sides can, or else 1.2, and nothing
        # older.
        """#

    static let two = #"""
        port 1884
        	connection west
        	addresses 10.0.0.1 10.0.0.2:1885
        round_robin true
        topic # in
        bridge_protocol_version mqttv311
        try_private true
        remote_username u
        remote_password hunter2
        cleansession true
        notifications false
        bridge_outgoing_retain false
        topic a both
        bridge_max_packet_size 100
        keepalive_interval 65535
        bridge_psk deadbeef
        bridge_identity x
        bridge_unheard_of hunter2
        idle_timeout 5
        start_type lazy
        bridge_bind_address 10.0.0.9
        include_dir /etc/mosquitto/conf.d
        connection local
        address [::1]:1999
        bridge_protocol_version mqttv50
        bridge_session_expiry_interval 4294967295
        bridge_receive_maximum 7
        bridge_max_topic_alias 3
        notification_topic bridges/east/state
        remote_password hunter2
        """#

    static let twoYAML = #"""
        # Made from m.conf by `stinger-bridge import-mosquitto`.
        # Take the `connection` sections out of mosquitto.conf and restart mosquitto before this bridge starts: two bridges
        # with one client identifier throw each other out.

        hubs:
          "local":                                                      # the broker whose configuration m.conf is
            connect: ["mqtt://localhost:1884"]                          # line 1
            # This broker lets nobody in without a name (allow_anonymous), and to it this bridge is a client like others: make
            # it a user (mosquitto_passwd), and give `username` and `password: {file: …}` here.
          "local-west":                                                 # the broker whose configuration m.conf is
            connect: ["mqtt://localhost:1884"]                          # line 1
            clean_start: true                                           # local_cleansession
            # This broker lets nobody in without a name (allow_anonymous), and to it this bridge is a client like others: make
            # it a user (mosquitto_passwd), and give `username` and `password: {file: …}` here.
          "west":                                                       # line 2
            connect: ["mqtts://10.0.0.1:1883", "mqtts://10.0.0.2:1885"]  # line 3
            addresses: round_robin
            protocol: 3.1.1                                             # MQTT 5, where the broker knows it, carries properties
            bridge_bit: true                                            # try_private
            username: "u"
            password: {file: "west.password"}                           # line 9; put it there with
            # (umask 077; sed -n '9s/^[[:space:]]*remote_password[[:space:]]*//p' 'm.conf' > 'west.password')
            clean_start: true                                           # cleansession
            keep_alive: 64800s                                          # the longest there is
            max_packet: 4096                                            # 4KiB to 256MiB is possible
          "local-2":                                                    # line 23
            connect: ["mqtt://[::1]:1999"]                              # line 24
            session_expiry: 1000000000s                                 # the longest there is
            receive_maximum: 7
            topic_aliases: 3

        bridges:
          - id: "west"                                                  # line 2
            between: ["local-west", "west"]
            state_topic: none                                           # notifications false
            topics:
              - {filter: "#", direction: in, qos: 0}                    # line 5
              - {filter: "a", direction: both, qos: 0, retain: live}    # line 13
              # `bridge_outgoing_retain false` was for one direction; `retain: live` is for both.
          - id: "local-2"                                               # line 23
            between: ["local", "local-2"]
            state_topic: "bridges/east/state"                           # notification_topic
            topics: []                                                  # the connection has no `topic`

        # What has no equal here, or not quite:
        # line 16: `bridge_psk` has no equal: TLS by pre-shared keys is not spoken here; the broker needs a certificate.
        # line 17: `bridge_identity` has no equal: TLS by pre-shared keys is not spoken here; the broker needs a certificate.
        # line 18: `bridge_unheard_of` is not known here.
        # line 19: `idle_timeout 5` has no equal: the link is always up.
        # line 20: `start_type lazy` has no equal: the link is always up, and dialled again when it is lost.
        # line 21: `bridge_bind_address 10.0.0.9` has no equal: the system's routes decide which interface is used.
        # line 22: `include_dir /etc/mosquitto/conf.d` is not followed: import the files in it one by one.
        # line 30: `remote_password` is left out: there is no user name beside it.
        """#

    static let psk = #"""
        listener 0 /run/mosquitto.sock
        listener 1883
        protocol mqtt
        listener 9001
        protocol websockets
        allow_anonymous true
        connection my/strange+name
        address broker.local:1900
        start_type once
        connection lan
        address 127.0.0.1
        remote_username "quoted \ user"
        topic $SYS/broker/uptime in 0 other/ ""
        topic +/x
        notification_topic $SYS/mine
        notifications_local_only true
        cleansession false
        local_clientid me-here
        bridge_capath /etc/ssl/certs/
        bridge_bind_address eth0
        connection psk
        address h
        bridge_capath /opt/certs
        bridge_require_ocsp true
        bridge_tcp_keepalive 1 2 3
        bridge_attempt_unsubscribe false
        bridge_insecure true
        bridge_protocol_version mqttv31
        """#

    static let pskYAML = #"""
        # Made from m.conf by `stinger-bridge import-mosquitto`.
        # Take the `connection` sections out of mosquitto.conf and restart mosquitto before this bridge starts: two bridges
        # with one client identifier throw each other out.

        hubs:
          "local":                                                      # the broker whose configuration m.conf is
            connect: ["mqtt+unix:/run/mosquitto.sock"]                  # line 1
          "my-strange-name":                                            # line 7
            connect: ["mqtt://broker.local:1900"]                       # line 8
            fall_back: true                                             # mosquitto takes 3.1.1; here MQTT 5 is tried first
          "local-lan":                                                  # the broker whose configuration m.conf is
            connect: ["mqtt+unix:/run/mosquitto.sock"]                  # line 1
            client_id: "me-here"
          "lan":                                                        # line 10
            connect: ["mqtts://127.0.0.1:1883"]                         # line 11
            fall_back: true                                             # mosquitto takes 3.1.1; here MQTT 5 is tried first
            username: "\"quoted \\ user\""
          "psk":                                                        # line 21
            connect: ["mqtts://h:1883"]                                 # line 22
            protocol: 3.1.1                                             # MQTT 5, where the broker knows it, carries properties

        bridges:
          - id: "my-strange-name"                                       # line 7
            between: ["local", "my-strange-name"]
            # mosquitto told its state on $SYS/broker/connection/…/state, where only a broker can publish; here it is
            # stinger/bridge/{bridge}/{peer}/state.
            topics: []                                                  # the connection has no `topic`
          - id: "lan"                                                   # line 10
            between: ["local-lan", "lan"]
            # notification_topic: only a broker can publish to $SYS/mine; here it is stinger/bridge/{bridge}/{peer}/state.
            topics:
              - {filter: "$SYS/broker/uptime", first_prefix: "other/", direction: in, qos: 0}  # line 13
              - {filter: "+/x", direction: out, qos: 0}                 # line 14
          - id: "psk"                                                   # line 21
            between: ["local", "psk"]
            # mosquitto told its state on $SYS/broker/connection/…/state, where only a broker can publish; here it is
            # stinger/bridge/{bridge}/{peer}/state.
            topics: []                                                  # the connection has no `topic`

        # What has no equal here, or not quite:
        # line 9: `start_type once` has no equal: the link is always up, and dialled again when it is lost.
        # line 16: `notifications_local_only true` has no equal: each broker is told of its own link; `state_topic: none` tells
        # neither.
        # line 20: `bridge_bind_address eth0` has no equal: the system's routes decide which interface is used.
        # line 23: `bridge_capath /opt/certs` is a folder, and `tls.ca` takes a file: `cat` its certificates into one.
        # line 24: `bridge_require_ocsp true` has no equal: certificates are verified without asking their authority (OCSP).
        # line 25: `bridge_tcp_keepalive 1 2 3` has no equal: `keep_alive` finds a dead connection.
        # line 26: `bridge_attempt_unsubscribe false` has no equal: the bridge unsubscribes from nothing that it has not
        # subscribed to itself. Where mosquitto's own session is taken over (the same client id), old subscriptions go on until
        # that session ends.
        # line 27: `bridge_insecure true` has no equal: the name in a certificate is always verified; `tls.server_name` says
        # another one.
        # line 28: `bridge_protocol_version mqttv31` has become 3.1.1; MQTT 3.1 is not spoken here.
        """#

    static let wrong = #"""
        topic a
        connection
        connection x
        address user:hunter2@h
        address h:99999
        topic
        topic a# out
        topic a sideways
        topic a out 3
        topic a out 1 x/+/ y/
        topic "" out 1 x
        topic a out 1 x/ y/ z/
        keepalive_interval 3
        cleansession perhaps
        bridge_protocol_version mqttv6
        restart_timeout 9 3
        remote_password
        listener abc
        connection x
        connection y
        """#

    static let wrongFindings = #"""
        m.conf:1:1: error: topic: stands before any `connection`, to which it would belong
        m.conf:2:1: error: expected `connection NAME`, with one word
        m.conf:3:1: error: the connection `x` has no `address`
        m.conf:4:9: error: address: expected HOST or HOST:PORT
        m.conf:5:9: error: address: expected HOST or HOST:PORT
        m.conf:6:1: error: topic: expected `topic PATTERN [out|in|both [QOS [LOCAL-PREFIX REMOTE-PREFIX]]]`
        m.conf:7:7: error: topic: `a#` is no topic filter: `+` and `#` stand alone between slashes, and `#` at the end
        m.conf:8:9: error: topic: expected `out`, `in` or `both`, not `sideways`
        m.conf:9:13: error: topic: expected the QoS 0, 1 or 2
        m.conf:10:15: error: topic: a prefix has no `+` or `#`; `x/+/` has
        m.conf:11:7: error: topic: an empty pattern needs both prefixes: they are the two names of one topic
        m.conf:12:1: error: topic: expected `topic PATTERN [out|in|both [QOS [LOCAL-PREFIX REMOTE-PREFIX]]]`
        m.conf:13:20: error: keepalive_interval: expected a whole number from 5 to 65535, not `3`
        m.conf:14:14: error: cleansession: expected `true` or `false`, not `perhaps`
        m.conf:15:25: error: bridge_protocol_version: expected `mqttv50`, `mqttv311` or `mqttv31`
        m.conf:16:17: error: restart_timeout: expected one or two numbers of seconds, the lower one first
        m.conf:17:1: error: remote_password: nothing is behind it
        m.conf:18:10: error: expected `listener PORT`, and perhaps an address or a socket's path
        m.conf:19:12: error: the connection `x` is there twice
        m.conf:20:1: error: the connection `y` has no `address`
        """#
}
