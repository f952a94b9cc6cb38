/// What is wrong with the settings as somebody gave them, and what to do: for whoever starts the server.
struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// A name that no setting has.
    ///
    /// - Parameters:
    ///   - shown: The name as it was given.
    ///   - known: The names that there are, in the same form.
    static func unknown(_ shown: String, in place: String, known: [String]) -> SettingsError {
        let hint = nearest(to: shown, among: known).map { " Did you mean \($0)?" } ?? ""
        return SettingsError("\(place): there is no setting \(shown).\(hint) `wharf serve --print-config` lists all.")
    }

    /// The name that differs least, unless it differs in too much to be meant.
    static func nearest(to name: String, among known: [String]) -> String? {
        let distances = known.map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, name.utf8.count / 3) ? best.name : nil
    }

    /// How many bytes have to be changed, added or left out (Levenshtein).
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
