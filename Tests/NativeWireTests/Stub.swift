import NativeWire
import Testing
