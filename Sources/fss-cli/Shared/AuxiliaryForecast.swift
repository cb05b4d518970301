internal import Datasets
internal import Diffusion

extension CommonOptions {
    /// Says what auxiliary supports would be made.
    func tell(_ forecast: SupportForecast) throws {
        let missing = forecast.pictures - forecast.known
        console.line("\(forecast.pictures) pictures, \(missing) of them to be made")
        if let seconds = forecast.secondsEach {
            console.line("About \(Self.duration(seconds * Double(missing))), at \(seconds.rounded(to: 3)) s each")
        }
        if let bytes = forecast.bytesEach {
            console.line("About \((Double(bytes) * Double(missing) / 1_048_576).rounded(to: 1)) MiB on disk")
        }
        try console.emit(forecast)
    }

    private static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(seconds.rounded(to: 1)) s"
        case ..<7200: "\((seconds / 60).rounded(to: 1)) min"
        default: "\((seconds / 3600).rounded(to: 1)) h"
        }
    }
}
