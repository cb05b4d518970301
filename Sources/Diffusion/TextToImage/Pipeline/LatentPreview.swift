internal import Datasets
internal import TensorCore

/// Colours of latents without the autoencoder.
enum LatentPreview {
    /// What the four channels of Stable Diffusion 1 and 2 add to red, green and blue (a linear fit that is in common use).
    private static let factors: [[Float]] = [
        [0.3512, 0.2297, 0.3227], [0.3250, 0.4974, 0.2350], [-0.2829, 0.1762, 0.2721], [-0.2120, -0.2616, -0.7177],
    ]

    /// A picture of the first latent of `[N, h, w, C]`; of other than four channels the first three, each from its least to its
    /// largest number.
    static func picture(_ latent: Tensor) -> RGBImage {
        let (height, width, channels) = (latent.shape[1], latent.shape[2], latent.shape[3])
        let scalars = latent.sliced(axis: 0, from: 0, count: 1).converted(to: .float32).scalars
        var values = [Float](repeating: 0, count: height * width * 3)
        for pixel in 0..<(height * width) {
            for colour in 0..<3 {
                var sum: Float = 0
                if channels == 4 {
                    for channel in 0..<4 { sum += scalars[pixel * 4 + channel] * factors[channel][colour] }
                } else {
                    sum = scalars[pixel * channels + min(colour, channels - 1)]
                }
                values[pixel * 3 + colour] = sum
            }
        }
        if channels != 4 { normalise(&values) }
        let pixels = values.map { UInt8(max(0, min(255, ($0.isFinite ? $0 : 0) * 127.5 + 127.5))) }
        return RGBImage(height: height, width: width, pixels: pixels)
    }

    private static func normalise(_ values: inout [Float]) {
        for colour in 0..<3 {
            let own = stride(from: colour, to: values.count, by: 3)
            let numbers = own.map { values[$0] }.filter(\.isFinite)
            guard let low = numbers.min(), let high = numbers.max(), high > low else { continue }
            for place in own { values[place] = (values[place] - low) / (high - low) * 2 - 1 }
        }
    }
}
