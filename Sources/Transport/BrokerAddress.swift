/// Where an MQTT broker is reached: `mqtt://HOST[:1883]`, `mqtts://HOST[:8883]` or `mqtt+unix:PATH`.
package enum BrokerAddress: Hashable, Sendable {
    case unix(path: String)
    case tcp(host: String, port: Int)
    case tls(host: String, port: Int)
}
