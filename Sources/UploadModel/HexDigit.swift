extension UInt8 {
    /// The ASCII digit of a value below 16 in hexadecimal.
    package func hexDigit(uppercase: Bool = false) -> UInt8 {
        if self < 10 { return self + UInt8(ascii: "0") }
        return self - 10 + UInt8(ascii: uppercase ? "A" : "a")
    }
}
