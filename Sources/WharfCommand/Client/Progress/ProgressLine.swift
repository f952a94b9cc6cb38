import UploadClient

/// One line that shows the progress of a transfer. Pure.
struct ProgressLine: Hashable, Sendable {
    var name: String
    var progress: TransferProgress
    var bytesPerSecond: UInt64?
    var secondsLeft: UInt64?

    private var moved: UInt64 { progress.doneBytes + progress.inFlightBytes }

    /// Whole per cent, rounded down so that 100 means complete; 100 for an empty file.
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
            parts.append("\(HumanReadable.bytes(moved)) of \(HumanReadable.bytes(total))")
        } else {
            parts.append(HumanReadable.bytes(moved))
        }
        if let bytesPerSecond { parts.append("\(HumanReadable.bytes(bytesPerSecond))/s") }
        if let secondsLeft { parts.append("\(HumanReadable.time(seconds: secondsLeft)) left") }
        return parts.joined(separator: "  ")
    }

    /// Without a bar, for logs.
    var plain: String { "\(TerminalText.safe(name))  \(numbers)" }

    /// For a terminal of so many columns, with a bar if it fits.
    func bar(columns: Int) -> String {
        let numbers = numbers
        // Some terminals wrap when the last column is written.
        let room = max(0, columns - 1 - numbers.count)
        var name = TerminalText.safe(name)
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
}

/// Formats numbers and tables for people.
enum HumanReadable {
    /// `999 B`, `1.5 KiB`, `12.3 MiB`: at most four characters and a unit, rounded down.
    static func bytes(_ count: UInt64) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count) / 1024
        var units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][...]
        while value >= 1000, units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        let tenths = UInt64(value * 10)
        let number = tenths < 1000 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
        return "\(number) \(units.first ?? "")"
    }

    /// `0:07`, `12:34`, `3 h 05 min`, `2 d 03 h`.
    static func time(seconds: UInt64) -> String {
        func padded(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return switch seconds {
        case ..<3600: "\(seconds / 60):\(padded(seconds % 60))"
        case ..<86_400: "\(seconds / 3600) h \(padded(seconds / 60 % 60)) min"
        default: "\(seconds / 86_400) d \(padded(seconds / 3600 % 24)) h"
        }
    }

    /// One line per row: the name, of at most ten characters, and the value without control characters.
    static func rows(_ rows: [(String, String)]) -> String {
        rows.map { name, value in
            name + String(repeating: " ", count: 10 - name.count) + TerminalText.safe(value)
        }.joined(separator: "\n")
    }
}
