import Glibc
import WireLaws

/// The law to violate, named by `WHARF_FUZZ_LAW`. Without that variable the names of all laws are printed.
private let law: WireLaw = {
    guard let name = getenv("WHARF_FUZZ_LAW").map({ String(cString: $0) }) else {
        say(WireLaw.allCases.map(\.rawValue).joined(separator: "\n"), to: STDOUT_FILENO)
        exit(0)
    }
    guard let law = WireLaw(rawValue: name) else {
        say("There is no law “\(name)”.", to: STDERR_FILENO)
        exit(2)
    }
    return law
}()

private func say(_ text: String, to descriptor: CInt) {
    let line = Array("\(text)\n".utf8)
    write(descriptor, line, line.count)
}

/// Writes the law's seeds into the corpus (`WHARF_FUZZ_CORPUS`) before libFuzzer reads it.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    let seeds = law.seeds
    guard let folder = getenv("WHARF_FUZZ_CORPUS") else { return 0 }
    for (number, seed) in seeds.enumerated() {
        guard let file = fopen("\(String(cString: folder))/seed-\(number)", "w") else {
            say("The seeds cannot be written: errno \(errno).", to: STDERR_FILENO)
            exit(2)
        }
        fputs(seed, file)
        fclose(file)
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let violation = law.violation(by: Array(UnsafeBufferPointer(start: start, count: count))) {
        say("\(law): \(violation)", to: STDERR_FILENO)
        abort()
    }
    return 0
}
