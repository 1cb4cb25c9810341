/// The first byte of a msgpack value (msgpack specification, "Formats").
public enum Format {
    // Computed, so that a use is a constant and not a look at a global.
    @inlinable public static var fixMap: UInt8 { 0x80 }
    @inlinable public static var fixArray: UInt8 { 0x90 }
    @inlinable public static var fixString: UInt8 { 0xA0 }
    @inlinable public static var null: UInt8 { 0xC0 }
    @inlinable public static var reserved: UInt8 { 0xC1 }
    @inlinable public static var falseByte: UInt8 { 0xC2 }
    @inlinable public static var trueByte: UInt8 { 0xC3 }
    @inlinable public static var binary8: UInt8 { 0xC4 }
    @inlinable public static var binary16: UInt8 { 0xC5 }
    @inlinable public static var binary32: UInt8 { 0xC6 }
    @inlinable public static var extension8: UInt8 { 0xC7 }
    @inlinable public static var extension16: UInt8 { 0xC8 }
    @inlinable public static var extension32: UInt8 { 0xC9 }
    @inlinable public static var float32: UInt8 { 0xCA }
    @inlinable public static var float64: UInt8 { 0xCB }
    @inlinable public static var unsigned8: UInt8 { 0xCC }
    @inlinable public static var unsigned16: UInt8 { 0xCD }
    @inlinable public static var unsigned32: UInt8 { 0xCE }
    @inlinable public static var unsigned64: UInt8 { 0xCF }
    @inlinable public static var signed8: UInt8 { 0xD0 }
    @inlinable public static var signed16: UInt8 { 0xD1 }
    @inlinable public static var signed32: UInt8 { 0xD2 }
    @inlinable public static var signed64: UInt8 { 0xD3 }
    @inlinable public static var fixExtension1: UInt8 { 0xD4 }
    @inlinable public static var fixExtension16: UInt8 { 0xD8 }
    @inlinable public static var string8: UInt8 { 0xD9 }
    @inlinable public static var string16: UInt8 { 0xDA }
    @inlinable public static var string32: UInt8 { 0xDB }
    @inlinable public static var array16: UInt8 { 0xDC }
    @inlinable public static var array32: UInt8 { 0xDD }
    @inlinable public static var map16: UInt8 { 0xDE }
    @inlinable public static var map32: UInt8 { 0xDF }
    @inlinable public static var negativeFixInt: UInt8 { 0xE0 }
}
