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

    var description: String {
        switch self {
        case .found: "auto"
        case .off: "off"
        case .at(let path): path
        }
    }
}
