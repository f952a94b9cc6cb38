import UploadClient

/// One line that says how far a transfer is. Pure.
struct ProgressLine: Hashable, Sendable {
    var name: String
    var progress: TransferProgress
    var bytesPerSecond: UInt64?
    var secondsLeft: UInt64?

    private var moved: UInt64 { progress.doneBytes + progress.inFlightBytes }

    /// Whole per cent, rounded down, so that 100 is the end; an empty file is done.
    var percent: Int? {
        progress.totalBytes.map { total in
            total == 0 ? 100 : min(100, Int(Double(min(moved, total)) / Double(total) * 100))
        }
    }

    private var numbers: String {
        var parts: [String] = []
        if let percent, let total = progress.totalBytes {
            let text = "\(percent)"
            parts.append(String(repeating: " ", count: 3 - text.count) + text + " %")
            parts.append("\(Quantities.bytes(moved)) of \(Quantities.bytes(total))")
        } else {
            parts.append(Quantities.bytes(moved))
        }
        if let bytesPerSecond { parts.append("\(Quantities.bytes(bytesPerSecond))/s") }
        if let secondsLeft { parts.append("\(Quantities.time(seconds: secondsLeft)) left") }
        return parts.joined(separator: "  ")
    }

    /// For a log: no bar.
    var plain: String { "\(Self.printable(name))  \(numbers)" }

    /// For a terminal: at most so many columns, with a bar if there is room for one.
    func bar(columns: Int) -> String {
        let numbers = numbers
        // One column is left free: some terminals wrap when the last one is written.
        let room = max(0, columns - 1 - numbers.count)
        var name = Self.printable(name)
        let nameRoom = max(0, min(name.count, room / 2))
        if name.count > nameRoom { name = nameRoom > 1 ? "…" + name.suffix(nameRoom - 1) : "" }
        let barRoom = room - name.count - 6
        guard let percent, barRoom >= 5 else {
            return String((name.isEmpty ? numbers : name + "  " + numbers).prefix(max(0, columns - 1)))
        }
        let width = min(barRoom, 40)
        let filled = width * percent / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "\(name)  [\(bar)]  \(numbers)"
    }

    /// Names come from others: control characters would move the cursor, or worse.
    static func printable(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    let isControl =
                        scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                    return isControl ? "\u{FFFD}" : scalar
                }))
    }
}
