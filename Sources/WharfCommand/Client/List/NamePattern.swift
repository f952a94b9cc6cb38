import Glibc
import UploadClient

/// Which names an argument of `ls` and `get` stands for. Pure.
struct NamePattern: Hashable, Sendable {
    let text: String

    /// Whether it has `*`, `?` or `[…]`.
    var isGlob: Bool { text.contains { "*?[".contains($0) } }

    /// Whether a name matches: a glob with a slash the whole name, where `*` stops at slashes; one without the last
    /// component; any other text every name that contains it, ASCII letters without case.
    func matches(_ name: String) -> Bool {
        guard isGlob else { return BlobQuery(text: text).matches(name) }
        if text.contains("/") { return fnmatch(text, name, FNM_PATHNAME) == 0 }
        return fnmatch(text, name.split(separator: "/").last.map(String.init) ?? "", 0) == 0
    }

    /// The beginning that every name has, as far as the pattern says.
    var literalPrefix: String? {
        guard isGlob, text.contains("/") else { return nil }
        let prefix = text.prefix { !"*?[\\".contains($0) }
        return prefix.isEmpty ? nil : String(prefix)
    }
}
