import UploadCore
import UploadHTTP

/// Invalid settings: the message names the setting, its source, the problem and the remedy.
struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// An unknown name, with a suggestion if a known one is similar.
    ///
    /// - Parameters:
    ///   - name: As given.
    ///   - place: Where it was given.
    ///   - known: The known names in the same form.
    static func unknown(_ name: String, in place: String, known: [String]) -> SettingsError {
        let hint = nearest(to: name, among: known).map { " Did you mean \($0)?" } ?? ""
        return SettingsError("\(place): there is no setting \(name).\(hint) `wharf serve --print-config` lists all.")
    }

    /// The most similar name; nil if none is similar enough to be meant.
    static func nearest(to name: String, among known: [String]) -> String? {
        let distances = known.map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, name.utf8.count / 3) ? best.name : nil
    }

    /// The Levenshtein distance in bytes.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = byte == other ? diagonal : min(diagonal, above, row[j]) + 1
                diagonal = above
            }
        }
        return row[right.count]
    }
}

/// Environment variables with Wharf's prefix.
enum EnvironmentVariables {
    /// Variables of the client, of the build and of its tests.
    private static let others: Set<String> = [
        "WHARF_SERVER", "WHARF_TOKEN", "WHARF_PROFILE", "WHARF_CA_FILE", "WHARF_ENGINE_ONLY", "WHARF_NO_IMAGING",
        "WHARF_NO_VIDEO", "WHARF_LIBAVFORMAT", "WHARF_DELIBERATE_FAULT",
    ]

    /// Refuses unknown variables with the prefix of settings: a misspelt limit would be no limit.
    ///
    /// - Throws: `SettingsError`.
    static func check(_ environment: [String: String]) throws(SettingsError) {
        let known = Setting.all.map(\.variable)
        for name in environment.keys.sorted() where name.hasPrefix("WHARF_") {
            guard !known.contains(name), !others.contains(name), !isSetByKubernetes(name) else { continue }
            throw .unknown(name, in: "environment", known: known)
        }
    }

    /// Kubernetes passes the addresses of a service named “wharf” to every container.
    private static func isSetByKubernetes(_ name: String) -> Bool {
        name == "WHARF_PORT"
            || ["WHARF_PORT_", "WHARF_SERVICE_HOST", "WHARF_SERVICE_PORT"].contains { name.hasPrefix($0) }
    }
}

/// Converts names of fields to names of settings.
enum SettingName {
    /// `chunkSizeMax` becomes `chunk-size-max`. The unit is dropped, since the value of a setting states it.
    static func kebab(_ field: String) -> String {
        let suffix = "Milliseconds"
        let stem = field.hasSuffix(suffix) ? field.dropLast(suffix.count) : field[...]
        return stem.reduce(into: "") { name, character in
            name += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
    }

    /// Replaces the names of limits in a text.
    static func kebab(in text: String) -> String {
        let fields = [Mirror(reflecting: Limits()), Mirror(reflecting: HTTPLimits())]
            .flatMap { $0.children.compactMap(\.label) }
        // The longest first, since some names are prefixes of others.
        return fields.sorted { $0.count > $1.count }.reduce(text) { $0.replacing($1, with: kebab($1)) }
    }
}
