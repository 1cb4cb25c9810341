"""Certificates that are wrong in one way each, made with openssl beside the right ones of certs/make-certs."""

import subprocess


def openssl(*arguments, folder):
    made = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stdout + made.stderr


def make_signed(folder, name, authority, subject="/CN=hub", names="DNS:localhost,IP:127.0.0.1", days=30, usage="serverAuth"):
    """`name`.pem and `name`.key in the folder, signed by `authority`.pem there. With -1 days it is expired."""
    (folder / f"{name}.cnf").write_text(
        f"basicConstraints = critical, CA:false\nextendedKeyUsage = {usage}\nsubjectAltName = {names}\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject, folder=folder)
    if days > 0:
        openssl("x509", "-req", "-sha256", "-in", f"{name}.csr", "-extfile", f"{name}.cnf", "-CA", f"{authority}.pem",
                "-CAkey", f"{authority}.key", "-set_serial", "77", "-days", days, "-out", f"{name}.pem", folder=folder)
    else:
        # Only `ca` takes dates of the past with every release of openssl.
        (folder / "index.txt").write_text("")
        (folder / f"{name}-ca.cnf").write_text(
            f"[ca]\ndefault_ca = ours\n[ours]\ndatabase = {folder}/index.txt\nnew_certs_dir = {folder}\n"
            "default_md = sha256\npolicy = any\nrand_serial = yes\n[any]\ncommonName = supplied\n")
        openssl("ca", "-batch", "-notext", "-config", f"{name}-ca.cnf", "-extfile", f"{name}.cnf",
                "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key", "-in", f"{name}.csr", "-out", f"{name}.pem",
                "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", folder=folder)


def make_authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-days", "30",
            "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", folder=folder)
