import ImagingPool

/// Which `wharf-imaging` derives photos.
enum ImagingChoice: Hashable, Sendable, CustomStringConvertible {
    /// The one beside this program or along `PATH`; none if there is none.
    case found
    case off
    case at(path: String)

    init?(_ text: String) {
        switch text {
        case "auto": self = .found
        case "off": self = .off
        case _ where text.hasPrefix("/"): self = .at(path: text)
        default: return nil
        }
    }

    /// The path of the executable; nil if none is wanted or found. Looks at the disk.
    ///
    /// - Parameter path: Where programs are looked for: `PATH`.
    func executable(path: String?) -> String? {
        switch self {
        case .found: WorkerExecutable.find(path: path)
        case .off: nil
        case .at(let path): path
        }
    }

    var description: String {
        switch self {
        case .found: "auto"
        case .off: "off"
        case .at(let path): path
        }
    }
}
