import UploadClient

/// One line that shows the progress of a transfer. Pure.
struct ProgressLine: Hashable, Sendable {
    var name: String
    /// Replaces the name on a narrow terminal.
    var shortName: String?
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

    /// For a terminal of so many columns, with a bar if it fits, and with fewer numbers on a narrow one.
    func bar(columns: Int) -> String {
        // Some terminals wrap when the last column is written.
        let width = max(0, columns - 1)
        let numbers = numbers
        let room = max(0, width - numbers.count)
        let shown = TerminalText.safe(name)
        let shownColumns = TerminalText.columns(of: shown)
        let name = Self.shortened(shown, to: min(shownColumns, room / 2))
        let barRoom = room - TerminalText.columns(of: name) - 6
        if let percent, barRoom >= 5 {
            let width = min(barRoom, 40)
            let filled = width * percent / 100
            let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
            return "\(name)  [\(bar)]  \(numbers)"
        }
        if shownColumns + 2 + numbers.count <= width { return shown + "  " + numbers }
        return narrow(width)
    }

    /// The most important numbers that fit: what is left, then the bytes, then the rate in per cent.
    private func narrow(_ width: Int) -> String {
        let name = TerminalText.safe(shortName ?? name)
        let bytes = progress.totalBytes.map { HumanReadable.share(moved, of: $0) } ?? HumanReadable.bytes(moved)
        let left = secondsLeft.map { HumanReadable.time(seconds: $0) + " left" }
        let share = percent.map { "\($0) %" }
        let choices = [[bytes, left], [share ?? bytes, left], [share ?? bytes]].map { $0.compactMap { $0 } }
        for numbers in choices.map({ $0.joined(separator: "  ") }) {
            let room = width - numbers.count - 2
            // A short name is whole, of a long one a part is enough.
            let columns = TerminalText.columns(of: name)
            if room >= min(columns, shortName == nil ? 10 : columns) {
                return Self.shortened(name, to: room) + "  " + numbers
            }
        }
        return String((share ?? bytes).prefix(width))
    }

    /// The end of a text, which tells files apart better than the beginning.
    private static func shortened(_ text: String, to columns: Int) -> String {
        guard TerminalText.columns(of: text) > columns else { return text }
        var used = 1
        let end = text.reversed().prefix { character in
            used += TerminalText.columns(of: String(character))
            return used <= columns
        }
        return columns > 1 ? "…" + String(end.reversed()) : ""
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

    /// `12.3/98.1 MiB`, `512 KiB/1.0 MiB`: the unit once if it is the same.
    static func share(_ part: UInt64, of whole: UInt64) -> String {
        let (one, all) = (bytes(part).split(separator: " "), bytes(whole).split(separator: " "))
        return (one.last == all.last ? "\(one[0])" : one.joined(separator: " ")) + "/" + all.joined(separator: " ")
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

    /// One line per row: the name, of at most ten characters, and the value.
    static func rows(_ rows: [(String, String)]) -> [String] {
        rows.map { name, value in name + String(repeating: " ", count: 10 - name.count) + value }
    }
}
