import Glibc

/// Prints results to the standard output.
package func say(_ text: String) {
    put(text, STDOUT_FILENO)
}

/// Prints progress and errors to the standard error.
package func note(_ text: String) {
    put(text, STDERR_FILENO)
}

private func put(_ text: String, _ descriptor: Int32) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}

/// A number with this many decimals and separated thousands.
package func decimals(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = UInt64((abs(value) * scale).rounded())
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: UInt64(scale))
    var text = ""
    for (index, digit) in String(whole).reversed().enumerated() {
        if index > 0, index % 3 == 0 { text = "," + text }
        text = String(digit) + text
    }
    if digits > 0 {
        let rest = String(rest)
        text += "." + String(repeating: "0", count: digits - rest.count) + rest
    }
    return (value < 0 ? "-" : "") + text
}

/// A number with about three significant digits, at most two of them decimals.
package func short(_ value: Double) -> String {
    decimals(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2)
}

/// A time in a fitting unit.
package func time(_ seconds: Double) -> String {
    switch abs(seconds) {
    case ..<1e-3: short(seconds * 1e6) + " µs"
    case ..<1: short(seconds * 1e3) + " ms"
    default: short(seconds) + " s"
    }
}

/// A size.
package func mebibytes(_ bytes: Int) -> String {
    short(Double(bytes) / 1_048_576) + " MiB"
}

/// Writes a small file, in place of what it held.
package func writeText(_ text: String, to path: String) throws(BenchError) {
    guard let file = fopen(path, "w") else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
}
