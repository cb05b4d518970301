internal import Synchronization
internal import TensorCore

/// What keeps places of a shifted window apart that are no neighbours in the map; remembered for the latest size.
final class ShiftMask: Sendable {
    private struct Key: Equatable {
        var size: Size2D
        var shift: Size2D
        var side: Int
    }

    private let latest = Mutex<(key: Key, mask: Tensor)?>(nil)

    /// Is added to the scores: `[windows, 1, places, places]`, 0 within a region and -100 between two.
    ///
    /// - Parameters:
    ///   - size: the map's, a multiple of the windows'.
    ///   - shift: by how much the map was rolled.
    ///   - side: of a window.
    ///   - x: lives where the mask is needed.
    func callAsFunction(_ size: Size2D, _ shift: Size2D, _ side: Int, beside x: Tensor) -> Tensor {
        let key = Key(size: size, shift: shift, side: side)
        return latest.withLock { latest in
            if let latest, latest.key == key, latest.mask.device == x.device { return latest.mask }
            let values = Self.values(key)
            let places = side * side
            let mask = Tensor(values, shape: [values.count / (places * places), 1, places, places], beside: x)
            latest = (key, mask)
            return mask
        }
    }

    /// Along an axis that was rolled there are three regions: all but the last window, the part of the last that was there before
    /// and the part that came around.
    private static func values(_ key: Key) -> [Float] {
        func region(_ position: Int, _ extent: Int, _ shift: Int) -> Int {
            if shift == 0 || position < extent - key.side { return 0 }
            return position < extent - shift ? 1 : 2
        }
        var values: [Float] = []
        values.reserveCapacity(key.size.height * key.size.width * key.side * key.side)
        for top in stride(from: 0, to: key.size.height, by: key.side) {
            for left in stride(from: 0, to: key.size.width, by: key.side) {
                let regions = (0..<key.side * key.side).map { place in
                    let row = region(top + place / key.side, key.size.height, key.shift.height)
                    return 3 * row + region(left + place % key.side, key.size.width, key.shift.width)
                }
                for query in regions { values += regions.map { $0 == query ? 0 : -100 } }
            }
        }
        return values
    }
}
