/// The first byte of a msgpack value (msgpack specification, "Formats").
package enum Format {
    package static let fixMap: UInt8 = 0x80
    package static let fixArray: UInt8 = 0x90
    package static let fixString: UInt8 = 0xA0
    package static let null: UInt8 = 0xC0
    package static let reserved: UInt8 = 0xC1
    package static let false_: UInt8 = 0xC2
    package static let true_: UInt8 = 0xC3
    package static let binary8: UInt8 = 0xC4
    package static let binary16: UInt8 = 0xC5
    package static let binary32: UInt8 = 0xC6
    package static let extension8: UInt8 = 0xC7
    package static let extension16: UInt8 = 0xC8
    package static let extension32: UInt8 = 0xC9
    package static let float32: UInt8 = 0xCA
    package static let float64: UInt8 = 0xCB
    package static let unsigned8: UInt8 = 0xCC
    package static let unsigned16: UInt8 = 0xCD
    package static let unsigned32: UInt8 = 0xCE
    package static let unsigned64: UInt8 = 0xCF
    package static let signed8: UInt8 = 0xD0
    package static let signed16: UInt8 = 0xD1
    package static let signed32: UInt8 = 0xD2
    package static let signed64: UInt8 = 0xD3
    package static let fixExtension1: UInt8 = 0xD4
    package static let fixExtension16: UInt8 = 0xD8
    package static let string8: UInt8 = 0xD9
    package static let string16: UInt8 = 0xDA
    package static let string32: UInt8 = 0xDB
    package static let array16: UInt8 = 0xDC
    package static let array32: UInt8 = 0xDD
    package static let map16: UInt8 = 0xDE
    package static let map32: UInt8 = 0xDF
    package static let negativeFixInt: UInt8 = 0xE0
}
