import Measuring

/// The command-line options.
struct Options {
    var scenarios = Scenario.ofServers
    /// A directory on the measured disk.
    var directory = "."
    /// Small sizes for a smoke test; the figures mean nothing.
    var isQuick = false
    /// Whether the figures are appended to `RESULTS.md`.
    var writes = false
    var rounds = 3
    /// The program of tusd; nil to leave it out.
    var tusd: String?
    /// The program of the nodes and their peer in the scenarios of a cluster.
    var wharf = ".build/release/wharf"
    /// The program of SeaweedFS; nil to leave it out.
    var weed: String?
    /// The only legs to run, for a profiler: the ratios are empty then.
    var legs: [String] = []

    init(_ arguments: [String]) throws(BenchError) {
        var rest = arguments[...]
        func value(of flag: String) throws(BenchError) -> String {
            guard let value = rest.popFirst() else { throw BenchError("\(flag) needs a value. \(Self.usage)") }
            return value
        }
        var chosen: [Scenario] = []
        while let flag = rest.popFirst() {
            switch flag {
            case "--only":
                let name = try value(of: flag)
                guard let scenario = Scenario(rawValue: name) else {
                    throw BenchError("“\(name)” is none. \(Self.usage)")
                }
                chosen.append(scenario)
            case "--dir": directory = try value(of: flag)
            case "--quick": isQuick = true
            case "--write": writes = true
            case "--rounds": rounds = max(1, Int(try value(of: flag)) ?? 3)
            case "--tusd": tusd = try value(of: flag)
            case "--cluster": chosen += Scenario.ofCluster
            case "--wharf": wharf = try value(of: flag)
            case "--weed": weed = try value(of: flag)
            case "--leg": legs.append(try value(of: flag))
            default: throw BenchError("“\(flag)” is unknown. \(Self.usage)")
            }
        }
        if !chosen.isEmpty { scenarios = chosen }
    }

    static let usage =
        "Usage: http-bench [--only NAME]… [--cluster] [--dir DIR] [--rounds N] [--leg NAME]… [--tusd PATH] [--wharf PATH]"
        + " [--weed PATH] [--quick] [--write];"
        + " names: "
        + Scenario.allCases.map(\.rawValue).joined(separator: ", ") + "."
}
