import Glibc

/// Functions of the C library by name.
enum Maths {
    static func power(_ base: Float, _ exponent: Float) -> Float { powf(base, exponent) }
    static func exponential(_ value: Float) -> Float { expf(value) }
}
