import ImagingPool
import Logging
import UploadCore
import UploadHTTP

/// Everything that a server can be told, with the defaults. What can be said and how is in `Setting.all`.
struct ServerSettings: Sendable {
    var listen = ListenAddress.standard
    var data = "./data"
    var durability = DurabilityChoice.powerLoss
    var auth = AuthChoice.none
    /// Whether a public address is served to everybody.
    var isInsecure = false
    /// The file of settings; empty for none.
    var config = ""

    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    var isMetricsOn = true
    var isPageOn = true

    /// Threads that write, read, sync and hash.
    var threads = 8
    /// 0: one for each processor.
    var eventLoopThreads = 0
    var sweepIntervalMilliseconds: Int64 = 60_000
    var shutdownGraceMilliseconds: Int64 = 30_000

    var limits = Limits()
    var http = HTTPLimits()
    var tus = TusConfiguration()

    var imaging = ImagingChoice.found
    var imagingLimits = ImagingLimits()
    var derivation = DerivationPolicy()
}

enum DurabilityChoice: String, CaseIterable, Sendable {
    case powerLoss = "power-loss"
    case processCrash = "process-crash"

    var durability: Durability {
        switch self {
        case .powerLoss: .powerLoss
        case .processCrash: .processCrash
        }
    }
}

/// Who may call: `none` asks nobody who they are, `tokens=FILE` wants a bearer token whose hash is in the file.
enum AuthChoice: Hashable, Sendable, CustomStringConvertible {
    case none
    case tokens(file: String)

    init?(_ text: String) {
        let prefix = "tokens="
        if text == "none" {
            self = .none
        } else if text.hasPrefix(prefix), text.count > prefix.count {
            self = .tokens(file: String(text.dropFirst(prefix.count)))
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .none: "none"
        case .tokens(let file): "tokens=\(file)"
        }
    }
}

enum LogFormat: String, CaseIterable, Sendable {
    case text, json
}
