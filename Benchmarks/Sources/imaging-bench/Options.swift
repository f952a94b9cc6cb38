import Measuring

/// The command-line options.
struct Options {
    var worker = ".build/release/wharf-imaging"
    var videoWorker = ".build/release/wharf-imaging-video"
    var wharf = ".build/release/wharf"
    /// The output directory of `scripts/test-photos`.
    var photos = ".build-results/photos"
    var rounds = 3
    /// Few photos for a smoke test; the figures mean nothing.
    var isQuick = false
    var writes = false
    var parts: Set<Part> = Set(Part.allCases)
    /// The photo to derive without any measurement.
    var alone: String?

    enum Part: String, CaseIterable {
        case photos, raw, videos
    }

    init(_ arguments: [String]) throws(BenchError) {
        var rest = arguments[...]
        func value(of flag: String) throws(BenchError) -> String {
            guard let value = rest.popFirst() else { throw BenchError("\(flag) needs a value. \(Self.usage)") }
            return value
        }
        while let flag = rest.popFirst() {
            switch flag {
            case "--worker": worker = try value(of: flag)
            case "--video-worker": videoWorker = try value(of: flag)
            case "--only":
                guard let part = Part(rawValue: try value(of: flag)) else {
                    throw BenchError("--only takes \(Part.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                parts = [part]
            case "--wharf": wharf = try value(of: flag)
            case "--photos": photos = try value(of: flag)
            case "--alone": alone = try value(of: flag)
            case "--rounds": rounds = max(1, Int(try value(of: flag)) ?? 3)
            case "--quick": isQuick = true
            case "--write": writes = true
            default: throw BenchError("“\(flag)” is unknown. \(Self.usage)")
            }
        }
    }

    static let usage =
        "Usage: imaging-bench [--worker PATH] [--video-worker PATH] [--wharf PATH] [--photos DIR] [--rounds N] [--only PART] [--quick]"
        + " [--write]."
}
