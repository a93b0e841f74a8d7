"""Calls the gateway as a Python consumer does: client.py URL QUESTION AUTHORITY CERTIFICATE KEY"""

import sys

import requests

url, question, authority, certificate, key = sys.argv[1:]
with open(question, "rb") as file:
    body = file.read()
with requests.Session() as session:
    # Else a bundle named in the environment would go before the one named here.
    session.trust_env = False
    session.verify = authority
    session.cert = (certificate, key)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ""}
    whole = session.post(url, data=body, headers=headers, timeout=30)
    in_chunks = session.post(url, data=(body[at : at + 100] for at in range(0, len(body), 100)), headers=headers, timeout=30)
    for answer in (whole, in_chunks):
        print(answer.status_code, answer.text)
