/// Certificates and keys of tests only, on the curve P-256, valid for a hundred years.
package enum TestCertificates {
    /// Has issued `server` and `client`.
    package static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATugAwIBAgIUccoEwCunLbNZYqWujY5z3p7y230wCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUV2hhcmYgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTMwMDMwMzE0
        WhgPMjEyNjExMDYwMzAzMTRaMB8xHTAbBgNVBAMMFFdoYXJmIHRlc3QgYXV0aG9y
        aXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEu2h1YuN8OOhEcbbPq+r6kY2B
        +06jcIziSMrbmSTSP4oF1DDkX0Xm5MBEesHIladIi4VFanN34TKqpm5kFz/IQaNT
        MFEwHQYDVR0OBBYEFGVTw1XRn8DtmCLmAzPq1cqR8kPXMB8GA1UdIwQYMBaAFGVT
        w1XRn8DtmCLmAzPq1cqR8kPXMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
        SQAwRgIhAJVWCVgkCvsecNIhKtWbEsek2hKX4epWFvegxIHjs9FuAiEA23SSyo+G
        BbRB0+34EKztIML0fWnXGFkG1I99PnPlx2M=
        -----END CERTIFICATE-----
        """

    /// For localhost, 127.0.0.1 and ::1.
    package static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBvjCCAWSgAwIBAgIUKjXQArk+ajYylbJ0jxVD8auX/uAwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUV2hhcmYgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTMwMDMwMzE1
        WhgPMjEyNjExMDYwMzAzMTVaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABKpqCG+nQ3ufQAwJxE+lx+8Nu0+Iy0OVCZ4uFbSo
        4mZkanf9C8KXrJT7Nqntwh3Op4Mu8wyBM4kvUcOLnSWWMjOjgYYwgYMwLAYDVR0R
        BCUwI4IJbG9jYWxob3N0hwR/AAABhxAAAAAAAAAAAAAAAAAAAAABMBMGA1UdJQQM
        MAoGCCsGAQUFBwMBMB0GA1UdDgQWBBQwPf4jvZ2BsYISjLFzM1hsgXVU3DAfBgNV
        HSMEGDAWgBRlU8NV0Z/A7Zgi5gMz6tXKkfJD1zAKBggqhkjOPQQDAgNIADBFAiAS
        cxvj2Eu+FGHY/IQd4p/Mnb0vMTTFSiqqPwhJz/t1FgIhAKCe3nQwbnCOFaL0LjjK
        FCCKvUZ2SWALxwfdZo5MZ7Hz
        -----END CERTIFICATE-----
        """

    package static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJVJJnxT2H3KGa6ND
        jgGOy4GxDjbcNSpRSN71UE/K/4qhRANCAASqaghvp0N7n0AMCcRPpcfvDbtPiMtD
        lQmeLhW0qOJmZGp3/QvCl6yU+zap7cIdzqeDLvMMgTOJL1HDi50lljIz
        -----END PRIVATE KEY-----
        """

    package static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBizCCATGgAwIBAgIUKjXQArk+ajYylbJ0jxVD8auX/uEwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUV2hhcmYgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTMwMDMwMzE1
        WhgPMjEyNjExMDYwMzAzMTVaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABF4z6u3OxreEi52QV6zb+xVN+N6N3KdBm152dfAvkiZ+
        pyYpnNmFf9YT2Xg8ND4y3iiCdznlbTkiGvPZVpONLs6jVzBVMBMGA1UdJQQMMAoG
        CCsGAQUFBwMCMB0GA1UdDgQWBBSw9xhx9Tswd3z+utX6NJRUa29SBDAfBgNVHSME
        GDAWgBRlU8NV0Z/A7Zgi5gMz6tXKkfJD1zAKBggqhkjOPQQDAgNIADBFAiAstafH
        r5MYywlqm+kGLIxKns9gBh4ugzaearR+qeGiJQIhAI//zrz/joF/QHKk4a5eVriz
        IMSQy6MijxzBMoQyamZC
        -----END CERTIFICATE-----
        """

    package static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrztfBaCfgPsDxR2b
        NQpWte8RuzsfTpvqHTCBzKLWHN2hRANCAAReM+rtzsa3hIudkFes2/sVTfjejdyn
        QZtednXwL5ImfqcmKZzZhX/WE9l4PDQ+Mt4ognc55W05Ihrz2VaTjS7O
        -----END PRIVATE KEY-----
        """

    /// With the key of `client`, issued by itself.
    package static let stranger = """
        -----BEGIN CERTIFICATE-----
        MIIBfTCCASOgAwIBAgIUCaOLEhuo6iA8dkEmEFajcixxczwwCgYIKoZIzj0EAwIw
        EzERMA8GA1UEAwwIc3RyYW5nZXIwIBcNMjYxMTMwMDMwMzE1WhgPMjEyNjExMDYw
        MzAzMTVaMBMxETAPBgNVBAMMCHN0cmFuZ2VyMFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAEXjPq7c7Gt4SLnZBXrNv7FU343o3cp0GbXnZ18C+SJn6nJimc2YV/1hPZ
        eDw0PjLeKIJ3OeVtOSIa89lWk40uzqNTMFEwHQYDVR0OBBYEFLD3GHH1OzB3fP66
        1fo0lFRrb1IEMB8GA1UdIwQYMBaAFLD3GHH1OzB3fP661fo0lFRrb1IEMA8GA1Ud
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgGtInSP20VoPk5SfjNURxSPS6
        SvE6vn2IPHZaGoVnfxoCIQDvX4Ag7tl6XVxiYfEj7DLMH55bghSLeVzKwvtaTbdH
        hA==
        -----END CERTIFICATE-----
        """

    /// For localhost and 127.0.0.1, issued by itself; ends a year before `server`, so that the two are told apart.
    package static let other = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUHvj9h2FQwyiIOMu4sd6YQ+gC5OIwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDA0MjU1M1oYDzIxMjUxMTA2
        MDQyNTUzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASSNErNQDyB6A40Ggn9X3oEBs5MSVP6xgbfGhy31XcjYztHGF6RbSlp
        jNTevYWdk7IMwMh6GiaWnwT3sp7TFTB5o28wbTAdBgNVHQ4EFgQUSdyjqtkAIAiO
        RV5jNkCMOUwHtZowHwYDVR0jBBgwFoAUSdyjqtkAIAiORV5jNkCMOUwHtZowDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIhANprchIYd0K/bb4t2dHXSv09/9/m0EIc58zjs0vNK6CcAiA4
        QAAi5ShcmvdA8cG3ZCKZgJ7NlvfRIthOF2Yg+4WjOg==
        -----END CERTIFICATE-----
        """

    package static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJSxaRYXZmcCfjmvf
        j1qBzsB+1V5aQNaYHrDBSAgO3kihRANCAASSNErNQDyB6A40Ggn9X3oEBs5MSVP6
        xgbfGhy31XcjYztHGF6RbSlpjNTevYWdk7IMwMh6GiaWnwT3sp7TFTB5
        -----END PRIVATE KEY-----
        """
}
