import MQTTProtocol
import Transport

/// A bridge section of a mosquitto.conf: `connection NAME` and what belongs to it.
struct MosquittoConnection {
    struct Address {
        let host: String
        let port: Int
    }

    struct Topic {
        let line: Int
        /// Empty where both prefixes are whole names.
        let pattern: String
        let direction: String
        let qos: Int
        let localPrefix: String
        let remotePrefix: String
    }

    /// How the bridge introduces itself at one end. The password itself stays where it is.
    struct Login {
        var username: String?
        /// The option that holds the password, and its line.
        var password: (option: String, line: Int)?
        var clientID: String?
        var isClean: Bool?
    }

    /// What becomes of an option that has no equal, or not quite.
    struct Remark {
        let line: Int
        let words: String

        init(line: Int, words: String) {
            self.line = line
            self.words = words
        }

        /// - Parameter showsValue: false where it may be a secret, or anything.
        init(_ line: MosquittoLine, _ words: String, showsValue: Bool = true) {
            let shown = showsValue && !line.value.isEmpty ? "\(line.option) \(line.value)" : line.option
            self.line = line.number
            self.words = "\(Words.shown(shown)) \(words)"
        }
    }

    let name: String
    let origin: Origin
    var addresses: [Address] = []
    var addressLine = 0
    var topics: [Topic] = []
    var remote = Login()
    var local = Login()
    /// nil: not said; mosquitto takes 3.1.1 then.
    var version: MQTTVersion?
    var keepAlive: Int?
    var roundRobin = false
    /// Seconds.
    var redial: (first: Int, longest: Int)?
    var triesPrivate: Bool?
    var notifies = true
    var notificationTopic: String?
    var packetByteMaximum: Int?
    var sessionExpiry: Int?
    var topicAliases: Int?
    var receiveMaximum: Int?
    var keepsRetainOut = true
    var usesTLS = false
    var authorityFile: String?
    var certificateFile: String?
    var keyFile: String?
    var applicationProtocol: String?
    var remarks: [Remark] = []

    init(name: String, origin: Origin) {
        self.name = name
        self.origin = origin
    }

    /// mosquitto sends none of them either.
    mutating func remarkPasswordsWithoutUser() {
        for login in [local, remote] where login.username == nil {
            guard let password = login.password else { continue }
            let words = "\(Words.shown(password.option)) is left out: there is no user name beside it"
            remarks.append(Remark(line: password.line, words: words))
        }
    }

    /// It introduces itself to the local broker in a way of its own.
    var needsOwnLocal: Bool {
        local.username != nil || local.clientID != nil || local.isClean != nil || remote.isClean == true
    }

    /// A password that is sent there can be read on the way.
    var isOpenToListeners: Bool {
        !usesTLS && addresses.contains { BrokerAddress.tcp(host: $0.host, port: $0.port).isOpenToListeners }
    }
}
