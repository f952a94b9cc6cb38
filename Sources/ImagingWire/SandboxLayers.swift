/// The layers of the sandbox of a picture's process, each of which denies what the others may have missed.
public struct SandboxLayers: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32

    /// A user that owns nothing, without capabilities.
    public static let user = SandboxLayers(rawValue: 1 << 0)
    /// No path and no TCP port (Linux 5.13).
    public static let landlock = SandboxLayers(rawValue: 1 << 1)
    /// No signal to a process outside, by Landlock (Linux 6.12). Denied by `seccomp` as well.
    public static let signalScope = SandboxLayers(rawValue: 1 << 2)
    /// A short list of system calls, with the arguments that decoding needs.
    public static let seccomp = SandboxLayers(rawValue: 1 << 3)

    public static let all: SandboxLayers = [.user, .landlock, .signalScope, .seccomp]

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// For people, in the order of the layers; empty if there is none.
    public var description: String {
        let names: [(SandboxLayers, String)] = [
            (.user, "an unprivileged user"), (.landlock, "Landlock"), (.signalScope, "Landlock's signal scope"),
            (.seccomp, "seccomp"),
        ]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}

/// What a picture's process must be sandboxed by to decode.
public enum SandboxPolicy: String, Hashable, Sendable, CaseIterable {
    /// seccomp, and whatever else the system has.
    case available
    /// All layers of a kernel from 5.13 on, and no memory that is both written to and executed.
    case require

    /// The layers without which nothing is decoded.
    public var required: SandboxLayers {
        switch self {
        case .available: .seccomp
        case .require: [.user, .landlock, .seccomp]
        }
    }

    /// Whether libraries may compile loops (Orc, which libvips 8.14 uses), for which they need memory that is written to
    /// and executed.
    public var permitsCode: Bool { self == .available }

    /// On the wire.
    var code: UInt32 { self == .available ? 0 : 1 }

    init?(code: UInt32) {
        guard let policy = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = policy
    }
}

/// The second message of a worker: the layers that a trial of its sandbox had.
package struct SandboxReport: Hashable, Sendable {
    package static let byteCount = 8
    private static let magic: UInt32 = 0x5342_4957

    package let layers: SandboxLayers

    package init(layers: SandboxLayers) {
        self.layers = layers
    }

    package var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(Self.magic)
        writer.append(layers.rawValue)
        return writer.bytes
    }

    /// - Throws: `.malformed`, also for layers that do not exist.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        guard try reader.integer() as UInt32 == Self.magic else { throw WireError.malformed(.magic) }
        layers = SandboxLayers(rawValue: try reader.integer())
        guard SandboxLayers.all.isSuperset(of: layers) else { throw WireError.malformed(.code) }
        try reader.end()
    }
}
