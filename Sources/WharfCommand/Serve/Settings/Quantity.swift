/// Sizes and durations as people write them.
enum Quantity {
    private static let sizeUnits: [(name: String, factor: UInt64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let durationUnits: [(name: String, factor: UInt64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads `8MiB`, `64KiB` or a plain number of bytes.
    static func bytes(_ text: String) -> UInt64? {
        number(text, sizeUnits + [("", 1)])
    }

    /// Reads `500ms`, `30s`, `5m`, `2h` or `7d`. A number alone would leave open of what.
    static func milliseconds(_ text: String) -> Int64? {
        number(text, durationUnits).flatMap(Int64.init(exactly:))
    }

    /// In the largest unit that says it exactly.
    static func text(bytes: UInt64) -> String {
        text(bytes, sizeUnits) ?? "\(bytes)"
    }

    static func text(milliseconds: Int64) -> String {
        text(UInt64(milliseconds), durationUnits) ?? "0s"
    }

    private static func number(_ text: String, _ units: [(name: String, factor: UInt64)]) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units.first(where: { $0.name == text[digits.endIndex...] }), let number = UInt64(digits)
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        return overflow ? nil : product
    }

    private static func text(_ value: UInt64, _ units: [(name: String, factor: UInt64)]) -> String? {
        guard value > 0, let unit = units.first(where: { value.isMultiple(of: $0.factor) }) else { return nil }
        return "\(value / unit.factor)\(unit.name)"
    }
}
