import NativeWire
